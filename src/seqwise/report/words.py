"""All fixed words of the report and of the last lines of a run, in English and Korean, side by side."""

from collections.abc import Mapping
from string import Formatter
from typing import Literal

from seqwise.records import Language
from seqwise.report.series_words import WINDOWS
from seqwise.report.tag_words import ENTITIES, TAGS
from seqwise.report.translation_words import TEXTS

# What a row is called: a row, a text whose words have tags of their own, a text with entities, or a window of a series.
Wording = Literal["rows", "tags", "entities", "windows", "texts"]

# key: (English, Korean). Names in braces are filled in by whoever asks for the words.
WORDS: dict[str, tuple[str, str]] = {
    # the page
    "report": ("report", "보고서"),
    "contents": ("Contents", "차례"),
    "skip": ("Skip to the verdict", "판정으로 건너뛰기"),
    "theme": ("Light or dark", "밝게 또는 어둡게"),
    "data_of_figure": ("Numbers of this figure", "그림의 수치"),
    "missing_title": ("This run is not complete", "끝나지 않은 실행입니다"),
    "missing_parts": ("Not in the run folder: {parts}.", "실행 폴더에 없는 것: {parts}."),
    "missing_fix": ("Go on with: {command}", "이어서 하려면: {command}"),
    "not_in_run": ("Not in this run.", "이 실행에는 없습니다."),
    "and_more": (
        "{n} more are not shown; the run folder has them all.",
        "{n}개는 생략했습니다. 실행 폴더에 모두 있습니다.",
    ),
    # splits and sizes
    "split": ("Split", "분할"),
    "split_train": ("training rows", "학습 데이터"),
    "split_validation": ("validation rows", "검증 데이터"),
    "split_test": ("test rows", "시험 데이터"),
    "split_other": ("rows of {split}", "{split} 데이터"),
    "rows": ("Rows", "행"),
    "cases": ("Rows", "행"),
    "n_rows": ("{n} rows", "{n}행"),
    "parameters": ("{n} parameters", "매개변수 {n}개"),
    "parameters_trained": ("{trained} of {n} parameters trained", "매개변수 {n}개 중 {trained}개 학습"),
    "seed": ("seed {seed}", "시드 {seed}"),
    # verdict
    "verdict": ("Verdict", "판정"),
    "verdict_better": ("Better than {baseline}", "{baseline}보다 낫습니다"),
    "verdict_not": ("NOT better than {baseline}", "{baseline}보다 낫다고 할 수 없습니다"),
    "verdict_worse": ("NOT better: worse than {baseline}", "낫지 않습니다: {baseline}보다 못합니다"),
    "verdict_none": ("NOT comparable: no baseline was run", "견줄 수 없습니다: 기준 모델을 돌리지 않았습니다"),
    "verdict_rows": ("{split}: {n}", "{split}: {n}행"),
    "gain": ("gain in {metric}: {difference} {interval}", "{metric} 개선 폭: {difference} {interval}"),
    "model_against": ("{metric}: model {model}, {baseline} {other}", "{metric}: 모델 {model}, {baseline} {other}"),
    "means_better": (
        "What this means: on rows like these the model earns its keep; chance does not explain the gain.",
        "뜻: 이런 데이터에서 모델은 제값을 합니다. 우연으로 볼 수 없는 차이입니다.",
    ),
    "means_not": (
        "What this means: the interval holds zero, so these rows do not show that the model is worth more.",
        "뜻: 구간에 0이 들어 있습니다. 이 데이터로는 모델이 기준 모델보다 낫다고 말할 수 없습니다.",
    ),
    "means_worse": (
        "What this means: use the baseline, or let the model stand on it (head.stand_on).",
        "뜻: 기준 모델을 쓰거나, 모델을 그 위에 세우세요(head.stand_on).",
    ),
    "means_none": (
        "What this means: the score stands alone, and nothing tells what it is worth. Set evaluate.baselines.",
        "뜻: 점수만 있고 견줄 것이 없어 그 값을 알 수 없습니다. evaluate.baselines를 두세요.",
    ),
    "chosen_on": (
        "Stopping point and temperature were chosen on these rows, which flatters the model. The test rows decide.",
        "평가 시점과 온도를 이 데이터로 골랐으므로 모델에 유리한 점수입니다. 결정은 시험 데이터로 합니다.",
    ),
    "chosen_on_only": (
        "Stopping point and temperature were chosen on these rows, which flatters the model. Set data.test.",
        "평가 시점과 온도를 이 데이터로 골랐으므로 모델에 유리한 점수입니다. data.test를 두세요.",
    ),
    "doubt": (
        "A finding below is an error. Read it before you believe these numbers.",
        "아래 점검 결과에 오류가 있습니다. 이 수치를 믿기 전에 읽으세요.",
    ),
    # findings
    "findings": ("Findings", "점검 결과"),
    "level_error": ("Error", "오류"),
    "level_warning": ("Warning", "경고"),
    "level_info": ("Note", "참고"),
    "level_pass": ("Passed", "통과"),
    "level_silenced": ("Silenced", "꺼 둠"),
    "findings_language": ("Findings are in the language of the run.", "점검 결과는 실행할 때의 언어로 적혀 있습니다."),
    "no_worries": ("No errors and no warnings.", "오류도 경고도 없습니다."),
    "evidence": ("Evidence", "근거"),
    "causes": ("Likely causes, likeliest first", "가능한 원인(가능성이 높은 순서)"),
    "fix": ("Fix", "고치는 법"),
    "silenced_because": ("Silenced because: {reason}", "꺼 둔 까닭: {reason}"),
    "n_passed": ("{n} checks passed", "통과한 점검 {n}개"),
    "n_silenced": ("{n} silenced", "꺼 둔 점검 {n}개"),
    "advice": ("Advice", "조언"),
    # scores
    "scores": ("Scores", "점수"),
    "scores_caption": (
        "Model and baselines on {split} ({n}), with intervals; the best of a column is marked ●.",
        "{split}({n})에서의 모델과 기준 모델, 구간 포함. 열마다 가장 좋은 값에 ● 표시.",
    ),
    "model": ("model", "모델"),
    "best": ("best", "가장 좋음"),
    "baseline_rows": (
        "The baselines learned from {n} of {total} training rows, drawn by label (evaluate.baseline_rows)",
        "기준 모델은 학습 데이터 {total}행 중 레이블 비율대로 뽑은 {n}행으로 배웠습니다(evaluate.baseline_rows)",
    ),
    "time_to_fit": ("time to fit", "학습 시간"),
    "lower": ("lower is better", "낮을수록 좋음"),
    "higher": ("higher is better", "높을수록 좋음"),
    "dots_caption": ("{metric} with intervals on {split}", "{split}: {metric}, 구간 포함"),
    "dots_beyond": ("An arrow marks a value beyond the axis.", "화살표는 축을 벗어난 값입니다."),
    "value": ("Value", "값"),
    "low": ("Low", "아래"),
    "high": ("High", "위"),
    # metrics
    "metric_accuracy": ("accuracy", "정확도"),
    "metric_log_loss": ("log loss", "로그 손실"),
    "metric_macro_f1": ("macro F1", "매크로 F1"),
    "metric_ece": ("ECE", "ECE"),
    "metric_brier": ("Brier", "브라이어"),
    "precision": ("Precision", "정밀도"),
    "recall": ("Recall", "재현율"),
    "f1": ("F1", "F1"),
    # training
    "training": ("Training", "학습"),
    "loss_caption": ("Loss by update", "갱신에 따른 손실"),
    "loss_caption_mean": (
        "Loss by update; each point of training is the mean of {n} updates",
        "갱신에 따른 손실. 학습의 점 하나는 갱신 {n}번의 평균",
    ),
    "rate_caption": ("Learning rate: planned ({schedule}) and real", "학습률: 계획({schedule})과 실제"),
    "rate_caption_real": ("Learning rate", "학습률"),
    "step": ("update", "갱신"),
    "loss": ("loss", "손실"),
    "train_loss": ("training", "학습"),
    "validation_loss": ("validation", "검증"),
    "best_baseline": ("best baseline ({name})", "가장 좋은 기준 모델({name})"),
    "rate": ("learning rate", "학습률"),
    "planned": ("planned", "계획"),
    "real": ("real", "실제"),
    "plan_facts": (
        "{n} updates planned, {warmup} of them warm-up; highest rate {peak}.",
        "계획한 갱신 {n}번, 그중 예열 {warmup}번. 가장 높은 학습률 {peak}.",
    ),
    "plan_declared": ("The settings declare {declared} updates.", "설정에 적힌 갱신 수는 {declared}번입니다."),
    "evaluations": ("Evaluations on validation rows", "검증 데이터 평가"),
    "epoch": ("Epoch", "에포크"),
    "stop_metric": ("{metric} (stops on it)", "{metric}(조기 종료 기준)"),
    # confusion and reliability
    "confusion": ("Confusion and calibration", "혼동과 보정"),
    "confusion_caption": (
        "Confusion on {split}: truth down, prediction across; share of the truth",
        "{split} 혼동: 세로는 정답, 가로는 예측. 비율은 정답 안에서의 비율",
    ),
    "confusion_largest": ("Largest confusions on {split}", "{split}에서 가장 잦은 혼동"),
    "truth": ("Truth", "정답"),
    "prediction": ("Prediction", "예측"),
    "share_of_truth": ("Share of truth", "정답 안의 비율"),
    "total": ("Total", "합계"),
    "per_class_caption": ("By label on {split}", "{split}: 레이블별 점수"),
    "label": ("Label", "레이블"),
    "reliability_caption": (
        "Reliability on {split}: how often the model is right where it says how sure it is",
        "{split} 신뢰도: 모델이 말하는 확신과 실제 맞힌 비율",
    ),
    "confidence": ("highest probability", "가장 높은 확률"),
    "share_right": ("share that is right", "맞힌 비율"),
    "before": ("before temperature", "온도 적용 전"),
    "after": ("after temperature", "온도 적용 후"),
    "as_predicted": ("as predicted", "예측 그대로"),
    "reliability_reading": (
        "On the dashed line the model is right as often as it says, below it too sure. Intervals are 95 %.",
        "점선 위라면 말한 만큼 맞힙니다. 점선 아래는 지나친 확신입니다. 구간은 95 %입니다.",
    ),
    "temperature": ("Temperature", "온도"),
    "temperature_caption": ("Temperature, fitted on validation rows only", "온도(검증 데이터로만 맞춤)"),
    "log_loss_before": ("Log loss before", "적용 전 로그 손실"),
    "log_loss_after": ("Log loss after", "적용 후 로그 손실"),
    "n_fitted_on": ("Rows fitted on", "맞춘 행 수"),
    # classes and errors
    "classes": ("Labels by split", "분할별 레이블"),
    "classes_caption": (
        "Rows of each label in each split, and their share of the split",
        "분할마다 레이블별 행 수와 그 비율",
    ),
    "worst": ("Worst errors", "가장 크게 틀린 행"),
    "worst_caption": (
        "Wrong rows to whose truth the model gave the least probability",
        "틀린 행 가운데 모델이 정답에 준 확률이 가장 낮은 것부터",
    ),
    "on_paper": ("On paper the first 20 of {n} rows.", "종이에는 {n}행 가운데 앞의 20행만 나옵니다."),
    "place": ("Place", "위치"),
    "text": ("Text", "글"),
    "p_truth": ("P(truth)", "P(정답)"),
    "p_prediction": ("P(prediction)", "P(예측)"),
    "any": ("any", "모두"),
    "search": ("Search", "찾기"),
    "sort_by": ("Sort by", "정렬"),
    "shown": ("rows shown", "행 표시"),
    # data, settings, environment
    "data": ("Data", "데이터"),
    "files_caption": ("Files as they were read", "읽은 파일"),
    "file": ("File", "파일"),
    "size": ("Size", "크기"),
    "encoding": ("Encoding", "인코딩"),
    "guessed": ("guessed", "추정"),
    "n_empty": ("Empty", "빈 행"),
    "n_skipped": ("Skipped", "건너뜀"),
    "notes": ("Notes", "비고"),
    "truncation_caption": ("What the length limit cut away", "길이 제한으로 잘린 것"),
    "limit": ("Limit, tokens", "한도(토큰)"),
    "rows_cut": ("Rows cut", "잘린 행"),
    "tokens_cut": ("Tokens cut", "잘린 토큰"),
    "duplicates": ("Duplicates and overlap", "중복과 겹침"),
    "no_duplicates": ("The checks have nothing to say about duplicates.", "중복에 관한 점검 결과가 없습니다."),
    "settings": ("Settings", "설정"),
    "settings_note": ("Everything resolved, as in settings.toml.", "기본값까지 모두 적은 settings.toml입니다."),
    "environment": ("Environment", "환경"),
    "stations_caption": ("Time and peak memory of each station", "단계별 시간과 최대 메모리"),
    "station": ("Station", "단계"),
    "time": ("Time", "시간"),
    "memory": ("Peak memory, MB", "최대 메모리(MB)"),
    "environment_caption": ("Versions, machine, seed and hashes", "버전, 기계, 시드, 해시"),
    "key": ("Key", "항목"),
    "reproduce": ("How to reproduce", "다시 하는 법"),
    "reproduce_note": (
        "The same settings, data, versions and machine give the same numbers; the hashes above name the data.",
        "설정, 데이터, 버전, 기계가 같으면 수치도 같습니다. 어떤 데이터였는지는 위의 해시로 알 수 있습니다.",
    ),
    "reproduce_install": ("Install the same versions", "같은 버전 설치"),
    "reproduce_fit": ("Train again", "다시 학습"),
    "reproduce_report": ("Write this page again", "이 보고서 다시 쓰기"),
    "reproduce_predict": ("Use the model", "모델 쓰기"),
    # the last lines of a run
    "findings_count": (
        "Findings: errors {errors}, warnings {warnings}, passed {passed}",
        "점검 결과: 오류 {errors}, 경고 {warnings}, 통과 {passed}",
    ),
    "no_scores": (
        "No scores yet: the run did not come to its evaluation.",
        "아직 점수가 없습니다. 실행이 평가까지 가지 못했습니다.",
    ),
    "report_at": ("Report: {path}", "보고서: {path}"),
}


def words(language: Language, wording: Wording = "rows") -> Mapping[str, str]:
    """The table of one language, in the words of what was judged."""
    column = 1 if language == "ko" else 0
    tables = {
        "rows": [WORDS],
        "tags": [WORDS, TAGS],
        "entities": [WORDS, TAGS, ENTITIES],
        "windows": [WORDS, WINDOWS],
        "texts": [WORDS, TEXTS],
    }[wording]
    return {key: pair[column] for table in tables for key, pair in table.items()}


def placeholders(text: str) -> set[str]:
    """The names in braces that a text wants filled in."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def split_name(word: Mapping[str, str], split: str) -> str:
    """A split as people call it."""
    key = f"split_{split}"
    return word[key] if key in word else word["split_other"].format(split=split)


def metric_name(word: Mapping[str, str], metric: str) -> str:
    """A metric as people call it; one that the table does not hold keeps its own name."""
    key = f"metric_{metric}"
    return word[key] if key in word else metric.replace("_", " ")
