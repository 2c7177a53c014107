"""The words of the report of a run whose units have tags: its own, and those that stand in for words of rows."""

# Key: (English, Korean), as in ``words.py``. Of both kinds of tags.
TAGS: dict[str, tuple[str, str]] = {
    # for words of rows
    "split_train": ("training texts", "학습 데이터"),
    "split_validation": ("validation texts", "검증 데이터"),
    "split_test": ("test texts", "시험 데이터"),
    "split_other": ("texts of {split}", "{split} 데이터"),
    "rows": ("Texts", "글"),
    "cases": ("Units", "단위"),
    "n_rows": ("{n} texts", "글 {n}개"),
    "verdict_rows": ("{split}: {n}", "{split}: 글 {n}개"),
    "means_better": (
        "What this means: on texts like these the model earns its keep; chance does not explain the gain.",
        "뜻: 이런 글에서 모델은 제값을 합니다. 우연으로 볼 수 없는 차이입니다.",
    ),
    "means_not": (
        "What this means: the interval holds zero, so these texts do not show that the model is worth more.",
        "뜻: 구간에 0이 들어 있습니다. 이 글들로는 모델이 기준 모델보다 낫다고 말할 수 없습니다.",
    ),
    "chosen_on": (
        "Stopping point and temperature were chosen on these texts, which flatters the model. The test texts decide.",
        "평가 시점과 온도를 이 데이터로 골랐으므로 모델에 유리한 점수입니다. 결정은 시험 데이터로 합니다.",
    ),
    "chosen_on_only": (
        "Stopping point and temperature were chosen on these texts, which flatters the model. Set data.test.",
        "평가 시점과 온도를 이 데이터로 골랐으므로 모델에 유리한 점수입니다. data.test를 두세요.",
    ),
    "baseline_rows": (
        "The baselines learned from {n} of {total} training texts (evaluate.baseline_rows)",
        "기준 모델은 학습 글 {total}개 중 {n}개로 배웠습니다(evaluate.baseline_rows)",
    ),
    "evaluations": ("Evaluations on validation texts", "검증 데이터 평가"),
    "temperature_caption": ("Temperature, fitted on validation texts only", "온도(검증 데이터로만 맞춤)"),
    "n_fitted_on": ("Units fitted on", "맞춘 단위 수"),
    "classes_caption": (
        "Words of each tag in each split, and their share of the split",
        "분할마다 태그별 단어 수와 그 비율",
    ),
    "metric_entity_f1": ("entity F1", "개체 F1"),
    "metric_entity_precision": ("entity precision", "개체 정밀도"),
    "metric_entity_recall": ("entity recall", "개체 재현율"),
    "metric_entity_macro_f1": ("entity macro F1", "개체 매크로 F1"),
    "worst": ("Worst texts", "가장 크게 틀린 글"),
    "worst_caption": (
        "Texts with an error to whose true tags the model gave the least probability",
        "틀린 곳이 있는 글 가운데 모델이 정답 태그에 준 확률이 가장 낮은 것부터",
    ),
    "on_paper": ("On paper the first 20 of {n} texts.", "종이에는 글 {n}개 가운데 앞의 20개만 나옵니다."),
    "shown": ("texts shown", "개 표시"),
    # words of tags alone
    "tags": ("Words known and unknown", "아는 단어와 모르는 단어"),
    "known_caption": (
        "Accuracy on words that stand in the training texts, letter for letter, and on words that do not",
        "학습 글에 글자까지 같게 나온 단어와 나오지 않은 단어의 정확도",
    ),
    "known": ("Known words", "아는 단어"),
    "unknown": ("Unknown words", "모르는 단어"),
    "n_words": ("Words", "단어 수"),
    "windows_caption": (
        "How texts became windows and units; nothing is cut away",
        "글을 창과 단위로 나눈 결과(잘라 버리는 것은 없음)",
    ),
    "windows": ("Windows", "창"),
    "long_texts": ("Texts of more than one window", "창이 둘 이상인 글"),
    "units_cut": ("Units longer than windows overlap", "창의 겹침보다 긴 단위"),
    "errors": ("Errors", "오류"),
    "loss_of_text": ("Loss, nats", "손실(nat)"),
    "kind_type": ("wrong tag", "태그 오류"),
    "reading": (
        "Above the line the true tag, below it the predicted one with its probability. Words without marks are right.",
        "위는 정답 태그, 아래는 예측 태그와 그 확률입니다. 표시가 없는 단어는 맞힌 것입니다.",
    ),
    "gold": ("gold", "정답"),
    "predicted": ("predicted", "예측"),
    "elsewhere": ("{n} more in the rest of the text", "나머지 글에 {n}개 더"),
}

# Of entities alone, in front of those above.
ENTITIES: dict[str, tuple[str, str]] = {
    "confusion": ("Calibration of tags", "태그의 보정"),
    "metric_log_loss": ("log loss of tags", "태그 로그 손실"),
    "metric_ece": ("ECE of tags", "태그 ECE"),
    "classes_caption": (
        "Entities of each label in each split, and their share of the split",
        "분할마다 레이블별 개체 수와 그 비율",
    ),
    "token_accuracy": (
        "Token accuracy on {split}: model {model}; {baseline}, with an entity F1 of {f1}, {other}. It counts units "
        "outside of entities, so it says little.",
        "{split}의 토큰 정확도: 모델 {model}, 개체 F1이 {f1}인 {baseline} {other}. 개체 밖의 단위까지 세므로 말해 "
        "주는 것이 적습니다.",
    ),
    "tags": ("Entities", "개체"),
    "labels_caption": (
        "By label on {split}: an entity is right when both edges and the label are",
        "{split}: 레이블별 점수. 양 끝과 레이블이 모두 맞아야 맞힌 것",
    ),
    "n_gold": ("In the data", "데이터"),
    "n_predicted": ("Predicted", "예측"),
    "n_right": ("Right", "맞힘"),
    "kinds_caption": ("What became of the entities of {split}", "{split}: 개체의 결과"),
    "kind": ("Outcome", "결과"),
    "entities": ("Entities", "개체 수"),
    "share": ("Share", "비율"),
    "kind_correct": ("correct", "맞음"),
    "kind_type": ("wrong label", "레이블 오류"),
    "kind_boundary": ("wrong edge", "경계 오류"),
    "kind_both": ("wrong edge and label", "경계와 레이블 오류"),
    "kind_missed": ("missed", "놓침"),
    "kind_spurious": ("spurious", "거짓 개체"),
    "at_particles": (
        "{n} of {total} wrong edges ({share}) are a particle (조사), taken in or left out.",
        "경계 오류 {total}개 중 {n}개({share})는 조사를 넣거나 뺀 것입니다.",
    ),
    "levels_caption": (
        "Entities of {split} with the edges of characters, units and eojeols",
        "{split}: 글자, 단위, 어절의 경계로 본 개체 점수",
    ),
    "level": ("Edges of", "경계"),
    "level_of_character": ("characters", "글자"),
    "level_of_unit": ("units that have a tag", "태그를 붙인 단위"),
    "level_of_eojeol": ("eojeols: words between blanks", "어절"),
    "alignment_caption": (
        "Entities of the data that the tags of units hold exactly, and those that they cannot hold",
        "단위의 태그가 그대로 담은 데이터의 개체와 담지 못한 개체",
    ),
    "held": ("Held exactly", "그대로 담음"),
    "reason_inside_unit": ("Edge inside unit", "단위 안의 경계"),
    "reason_shared_unit": ("Shared unit", "다른 개체와 겹친 단위"),
    "reason_no_unit": ("No unit", "담을 단위 없음"),
    "reason_edge_outside": ("Edge outside units", "단위 밖의 경계"),
    "not_held": ("First entities of {split} that tags cannot hold", "{split}: 태그가 담지 못한 첫 개체들"),
    "reason": ("Reason", "이유"),
    "comes_back": ("Comes back as", "되돌아온 것"),
    "reading": (
        "Above the line what the data say, below it what the model says, with its probability.",
        "위는 데이터의 개체, 아래는 모델이 찾은 개체와 그 확률입니다.",
    ),
}
