"""The words of the report of a run that forecasts series: its own, and those that stand in for words of rows."""

# Key: (English, Korean), as in ``words.py``.
WINDOWS: dict[str, tuple[str, str]] = {
    # for words of rows
    "split_train": ("training windows", "학습 데이터"),
    "split_validation": ("validation windows", "검증 데이터"),
    "split_test": ("test windows", "시험 데이터"),
    "split_other": ("windows of {split}", "{split} 데이터"),
    "windows": ("Windows", "창"),
    "cases": ("Steps", "시점"),
    "n_rows": ("{n} windows", "창 {n}개"),
    "verdict_rows": ("{split}: {n}", "{split}: 창 {n}개"),
    "means_better": (
        "What this means: on series like these the model earns its keep; chance does not explain the gain.",
        "뜻: 이런 시계열에서 모델은 제값을 합니다. 우연으로 볼 수 없는 차이입니다.",
    ),
    "means_not": (
        "What this means: the interval holds zero, so these windows do not show that the model is worth more.",
        "뜻: 구간에 0이 들어 있습니다. 이 데이터로는 모델이 기준 모델보다 낫다고 말할 수 없습니다.",
    ),
    "chosen_on": (
        "Stopping point and temperature were chosen on these windows, which flatters the model. The test set decides.",
        "평가 시점과 온도를 이 데이터로 골랐으므로 모델에 유리한 점수입니다. 결정은 시험 데이터로 합니다.",
    ),
    "chosen_on_only": (
        "Stopping point and temperature were chosen on these windows, which flatters the model. Set data.test.",
        "평가 시점과 온도를 이 데이터로 골랐으므로 모델에 유리한 점수입니다. data.test를 두세요.",
    ),
    "evaluations": ("Evaluations on validation windows", "검증 데이터 평가"),
    "temperature_caption": ("Temperature, fitted on validation windows only", "온도(검증 데이터로만 맞춤)"),
    "n_fitted_on": ("Steps fitted on", "맞춘 시점 수"),
    "classes": ("States by split", "분할별 상태"),
    "classes_caption": (
        "Steps of each state in the targets of all windows of a split, and their share of the split",
        "분할마다 모든 창의 목표에 나온 상태별 시점 수와 그 비율",
    ),
    "label": ("State", "상태"),
    "per_class_caption": ("By state on {split}", "{split}: 상태별 점수"),
    # metrics of numbers
    "metric_mae": ("MAE", "MAE"),
    "metric_mse": ("MSE", "MSE"),
    "metric_rmse": ("RMSE", "RMSE"),
    "metric_mase": ("MASE", "MASE"),
    "metric_smape": ("sMAPE", "sMAPE"),
    "metric_quantile_loss": ("quantile loss", "분위수 손실"),
    "metric_coverage": ("coverage", "포함률"),
    # by step and by unit
    "steps": ("By step of the horizon", "예측 시점별"),
    "horizon_step": ("step of the horizon", "예측 시점"),
    "steps_caption": (
        "{metric} at each step of the horizon on {split}: how much a forecast loses the further it looks ahead",
        "{split}의 예측 시점별 {metric}: 멀리 볼수록 예측이 얼마나 나빠지는지",
    ),
    "coverage_caption": (
        "{metric} at each step of the horizon on {split}: a good band keeps near {share}",
        "{split}의 예측 시점별 {metric}: 좋은 띠라면 {share} 가까이에 머묾",
    ),
    "tests_caption": (
        "Paired tests that model and baseline are equally good on these very units: a small p says that they are not",
        "바로 이 단위들에서 모델과 기준 모델이 똑같이 좋다는 가설의 짝 검정: p가 작으면 그렇지 않다는 뜻",
    ),
    "test": ("Test", "검정"),
    "test_diebold_mariano": (
        "Diebold and Mariano, on the loss of each window, corrected as by Harvey, Leybourne and Newbold",
        "디볼드·마리아노, 창마다의 손실, 하비·레이본·뉴볼드 보정",
    ),
    "test_mcnemar": (
        "McNemar, on right and wrong at the first step of each window",
        "맥니머, 창마다 첫 시점의 맞고 틀림",
    ),
    "p": ("p", "p"),
    "against": ("Against", "비교 대상"),
    "units": ("By unit", "단위별"),
    "units_caption": (
        "Units of {split} by the model's {metric}, the worst first: where the model fails while the baseline does not",
        "{split}의 단위, 모델의 {metric} 기준으로 나쁜 것부터: 기준 모델은 맞는데 모델만 틀리는 곳",
    ),
    "units_left_out": ("{n} units between the worst and the best are not shown.", "가운데 단위 {n}개는 생략했습니다."),
    "unit": ("Unit", "단위"),
    # states
    "states": ("States over time", "시간에 따른 상태"),
    "periods_caption": (
        "Share of each state by period in each split: bars that change show that what was learned may not last",
        "분할과 기간마다 상태의 비율: 막대가 달라지면 배운 것이 오래가지 않을 수 있음",
    ),
    "period": ("Period", "기간"),
    "index_true": (
        "Index plot of {split}, a row a unit, a column a time: the true states",
        "{split}의 상태열 그림, 가로줄은 단위, 세로줄은 시간: 실제 상태",
    ),
    "index_predicted": (
        "The same as foretold by the latest window before each time: patterns that are missing here were not learned",
        "같은 곳을 바로 앞 창에서 예측한 것: 여기에 없는 무늬는 배우지 못한 것",
    ),
    "n_right_of": ("Right", "맞힘"),
    "states_of_unit": ("States in order of time", "시간순 상태"),
    "transitions_caption": (
        "Transitions in the training rows, the state before down, the next one across: even rows hold nothing to learn",
        "학습 데이터의 전이, 세로는 앞 상태, 가로는 다음 상태: 고른 줄에서는 배울 것이 없음",
    ),
    "state_before": ("State before", "앞 상태"),
    "correlations_caption": (
        "Correlation of the learnt vectors of the states: within ±{band} (faint) it is noise, in {width} dimensions",
        "학습된 상태 벡터의 상관: {width}차원에서 ±{band} 안(흐린 칸)은 잡음",
    ),
    # numbers
    "forecasts": ("Predicted and actual", "예측과 실제"),
    "track_caption": (
        "{channel} of {unit}: forecasts of {split} against what came, none of which overlap",
        "{unit}의 {channel}: {split}의 예측과 실제 값, 서로 겹치지 않는 예측만",
    ),
    "track_alone": (
        "{channel}: forecasts of {split} against what came, none of which overlap",
        "{channel}: {split}의 예측과 실제 값, 서로 겹치지 않는 예측만",
    ),
    "track_fan": ("the band is to hold {share} of the values", "띠는 값의 {share}를 담아야 함"),
    "track_split": ("the dashed line is where {split} begin", "점선은 {split}의 시작"),
    "actual": ("actual", "실제"),
    "forecast": ("forecast", "예측"),
    "time_of_series": ("time", "시간"),
}
