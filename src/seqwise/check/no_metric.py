"""GR-NOMETRIC: forecasts and scores in; says when held-out rows were predicted and not scored."""

from seqwise.check.contract import CheckSpec
from seqwise.check.words import Text, Voice, Wording, split_name
from seqwise.records import Evidence, Finding, Level

_CAUSES = (
    Text(
        "Predicted and actual values were drawn, and nothing was computed.",
        "예측과 실제를 그리기만 하고 계산하지 않았습니다.",
    ),
    Text(
        "Training and held-out rows were predicted in one piece.",
        "학습 데이터와 따로 둔 데이터를 한꺼번에 예측했습니다.",
    ),
)
_FIX = Text(
    "Score the held-out rows alone, beside the last value and the mean as baselines.",
    "따로 둔 데이터만 채점하고, 마지막 값과 평균을 기준으로 함께 밝히세요.",
)


def _run(evidence: Evidence) -> list[Finding]:
    predicted = _predicted(evidence)
    if not predicted:
        return []
    splits = {} if evidence.scores is None else evidence.scores.splits
    unscored = {split: n for split, n in predicted.items() if split not in splits or not splits[split].metrics}
    voice = Voice("no_metric", "GR-NOMETRIC", evidence.language)
    level: Level = "error" if len(unscored) == len(predicted) else "warning"
    found = [
        voice.say(level, _words(split, n), numbers={"split": split, "n": n, "scored": sorted(splits)})
        for split, n in unscored.items()
    ]
    return found or [voice.say("pass", _words_pass(sum(predicted.values())), numbers=predicted)]


def _predicted(evidence: Evidence) -> dict[str, int]:
    """Held-out splits with predictions; a bare table of probabilities, which nobody claims anything of, is none."""
    tables = {} if evidence.scores is None else evidence.predictions
    counts = {split: len(one.probabilities) for split, one in tables.items() if one.truth is not None}
    series = {} if evidence.series is None else evidence.series.n_forecast
    return {split: n for split, n in {**counts, **series}.items() if split != "train" and n > 0}


def _words(split: str, n: int) -> Wording:
    name = split_name(split)
    message = Text(
        f"A figure is no score. {n:,} {name.en} rows were predicted, and no metric says how well.",
        f"그림은 점수가 아닙니다. {name.ko} 데이터 {n:,}개를 예측했지만 얼마나 맞는지 말하는 지표가 없습니다.",
    )
    return Wording(Text("Predicted and not scored", "예측만 하고 채점하지 않음"), message, _FIX, _CAUSES)


def _words_pass(n: int) -> Wording:
    message = Text(
        f"What was predicted is scored: {n:,} held-out rows.",
        f"예측한 것을 채점했습니다. 따로 둔 데이터 {n:,}개입니다.",
    )
    return Wording(Text("Predictions are scored", "예측을 채점함"), message)


CHECK = CheckSpec(
    name="no_metric",
    ids=("GR-NOMETRIC",),
    run=_run,
    source="Textbook chapter on time series: a plot over training and test rows, and no test metric.",
)
