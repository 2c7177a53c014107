"""The words of the report of a run that writes texts: its own, and those that stand in for words of rows."""

# Key: (English, Korean), as in ``words.py``.
TEXTS: dict[str, tuple[str, str]] = {
    "means_better": (
        "What this means: on texts like these the model earns its keep; chance does not explain the gain.",
        "뜻: 이런 글에서 모델은 제값을 합니다. 우연으로 볼 수 없는 차이입니다.",
    ),
    "means_not": (
        "What this means: the interval holds zero, so these texts do not show that the model is worth more.",
        "뜻: 구간에 0이 들어 있습니다. 이 데이터로는 모델이 기준 모델보다 낫다고 말할 수 없습니다.",
    ),
    "means_worse": (
        "What this means: use the baseline, or train on more pairs or longer.",
        "뜻: 기준 모델을 쓰거나, 더 많은 쌍으로 더 오래 학습하세요.",
    ),
    "chosen_on": (
        "The stopping point was chosen on these rows, which flatters the model. The test rows decide.",
        "평가 시점을 이 데이터로 골랐으므로 모델에 유리한 점수입니다. 결정은 시험 데이터로 합니다.",
    ),
    "chosen_on_only": (
        "The stopping point was chosen on these rows, which flatters the model. Set data.test.",
        "평가 시점을 이 데이터로 골랐으므로 모델에 유리한 점수입니다. data.test를 두세요.",
    ),
    "metric_bleu": ("BLEU", "BLEU"),
    "metric_chrf": ("chrF", "chrF"),
    "metric_perplexity": ("perplexity", "혼란도"),
    "metric_forced_bleu": ("BLEU told the truth", "정답을 알려 준 BLEU"),
    "translations": ("Translations", "번역"),
    "signature": ("BLEU as computed by sacreBLEU: {signature}", "sacreBLEU로 계산한 BLEU: {signature}"),
    "forced_gap": (
        "On {split} BLEU is {free} where the model goes on from its own tokens, as in use, and {forced} where it is "
        "told the true token before each one, as in training.",
        "{split}에서 BLEU는 실제 사용처럼 모델이 쓴 토큰을 이어 갈 때 {free}, 학습 때처럼 앞 토큰의 정답을 알려 줄 때 "
        "{forced}입니다.",
    ),
    "n_unended": (
        "{n} of these texts were cut off at the longest length before their end.",
        "이 가운데 {n}개는 끝나기 전에 최대 길이에서 잘렸습니다.",
    ),
    "worst_translations": ("The worst of {split} by chrF", "{split} 가운데 chrF가 가장 낮은 것"),
    "drawn_translations": ("Drawn by chance from {split}", "{split}에서 무작위로 뽑은 것"),
    "source_text": ("Source", "원문"),
    "true_text": ("Truth", "정답"),
    "written_text": ("Model", "모델"),
    "attention_caption": (
        "What the decoder looks at: a written token down, the tokens read across; a dark square is much attention",
        "디코더가 보는 곳: 세로는 쓴 토큰, 가로는 읽은 토큰, 진할수록 많이 봄",
    ),
    "written_token": ("Written token", "쓴 토큰"),
}
