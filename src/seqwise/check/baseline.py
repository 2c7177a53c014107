"""GR-BASELINE: scores with their verdict in; says when the model is not better than the best baseline."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from seqwise.check.contract import CheckSpec
from seqwise.check.scored import Scored, Z, scored, scored_splits
from seqwise.check.words import Text, Voice, Wording, number, split_name
from seqwise.evaluate import scores as scoring
from seqwise.records import Evidence, Finding, Level, Predictions

# Verdicts of texts, which no head stands on.
OF_TEXTS = ("bleu", "chrf", "perplexity")
# Below this many rows the normal interval of a mean is too narrow to be believed.
FEWEST_ROWS = 10

_CAUSES = (
    Text(
        "The model has had too few updates or a wrong learning rate.", "갱신 횟수가 모자라거나 학습률이 맞지 않습니다."
    ),
    Text("There are too few labels for a model of this size.", "모델 크기에 비해 레이블이 너무 적습니다."),
    Text("Counting words is all that this task needs.", "이 과제에는 단어 세기만으로 충분합니다."),
)


@dataclass(frozen=True)
class _Comparison:
    """Model against the best baseline on one split; ``difference`` is in favour of the model when positive."""

    split: str
    metric: str
    baseline: str
    difference: float
    low: float
    high: float

    def numbers(self) -> dict[str, object]:
        return {
            "split": self.split,
            "metric": self.metric,
            "best_baseline": self.baseline,
            "difference": self.difference,
            "low": self.low,
            "high": self.high,
        }

    @property
    def level(self) -> Level:
        if self.high < -scoring.NOTHING:
            return "error"
        return "pass" if self.low > scoring.NOTHING else "warning"


def _run(evidence: Evidence) -> list[Finding]:
    voice = Voice("baseline", "GR-BASELINE", evidence.language)
    compared = _from_scores(evidence) or _from_predictions(evidence)
    if not compared and _is_alone(evidence):
        return [voice.say("info", _words_none(), numbers={"baselines": []})]
    worst = [one for one in compared if one.level != "pass"]
    return [voice.say(one.level, _words(one), numbers=one.numbers()) for one in worst or compared]


def _is_alone(evidence: Evidence) -> bool:
    """A held-out split was scored and nothing stands beside the score."""
    splits = {} if evidence.scores is None else evidence.scores.splits
    return any(not scores.baselines for split, scores in splits.items() if split != "train")


def _from_scores(evidence: Evidence) -> list[_Comparison]:
    if evidence.scores is None:
        return []
    return [
        _Comparison(
            split=split,
            metric=scores.verdict.metric,
            baseline=scores.verdict.best_baseline,
            difference=scores.verdict.difference,
            low=scores.verdict.low,
            high=scores.verdict.high,
        )
        for split, scores in evidence.scores.splits.items()
        if split != "train"
        and scores.baselines
        and np.isfinite([scores.verdict.difference, scores.verdict.low, scores.verdict.high]).all()
    ]


def _from_predictions(evidence: Evidence) -> list[_Comparison]:
    """Paired mean difference of log losses with its normal interval, where no verdict was handed over."""
    compared: list[_Comparison] = []
    for rows in scored_splits(evidence):
        best = _best(rows, evidence.baselines.get(rows.split, {}))
        if best is None:
            continue
        gains = best[1].row_losses() - rows.row_losses()
        half = Z * float(gains.std(ddof=1)) / rows.n**0.5
        mean = float(gains.mean())
        compared.append(
            _Comparison(
                rows.split, metric="log_loss", baseline=best[0], difference=mean, low=mean - half, high=mean + half
            )
        )
    return compared


def _best(rows: Scored, baselines: Mapping[str, Predictions]) -> tuple[str, Scored] | None:
    if not rows.are_probabilities or rows.n < FEWEST_ROWS:
        return None
    judged = [(name, scored(rows.split, one)) for name, one in baselines.items()]
    usable = [
        (name, one)
        for name, one in judged
        if one is not None and one.are_probabilities and np.array_equal(one.truth, rows.truth)
    ]
    return min(usable, key=lambda pair: float(pair[1].row_losses().mean()), default=None)


def _words(one: _Comparison) -> Wording:
    title = {
        "pass": Text("Better than the best baseline", "가장 좋은 기준 모델보다 나음"),
        "warning": Text("Not better than the best baseline", "가장 좋은 기준 모델보다 낫지 않음"),
        "error": Text("Worse than the best baseline", "가장 좋은 기준 모델보다 나쁨"),
    }[one.level]
    meaning = {
        "pass": Text(f"The model earns its keep against {one.baseline}.", f"모델이 {one.baseline}보다 값을 합니다."),
        "warning": Text(
            f"The model is NOT shown to be better than {one.baseline}, which takes seconds.",
            f"모델이 몇 초면 되는 {one.baseline}보다 낫다는 것이 보이지 않습니다.",
        ),
        "error": Text(
            f"The model is worse than {one.baseline}, which takes seconds.",
            f"모델이 몇 초면 되는 {one.baseline}보다 나쁩니다.",
        ),
    }[one.level]
    split, interval = split_name(one.split), f"{number(one.difference)} [{number(one.low)}, {number(one.high)}]"
    message = Text(
        f"{meaning.en} On {split.en} rows the difference in {one.metric} is {interval} in its favour.",
        f"{meaning.ko} {split.ko} 데이터에서 {one.metric}의 차이는 모델 쪽으로 {interval}입니다.",
    )
    return Wording(title, message) if one.level == "pass" else Wording(title, message, _fix(one), _CAUSES)


def _fix(one: _Comparison) -> Text:
    if one.metric in OF_TEXTS:
        return Text(
            f"Use {one.baseline} itself, train on more pairs, or change training.learning_rate and training.epochs.",
            f"{one.baseline} 자체를 쓰거나, 학습 쌍을 늘리거나, training.learning_rate와 training.epochs를 바꾸세요.",
        )
    return Text(
        f'Let the model stand on it (head.stand_on = "{one.baseline}"), use {one.baseline} itself, or change '
        "training.learning_rate and training.epochs.",
        f'그 위에 세우거나(head.stand_on = "{one.baseline}"), {one.baseline} 자체를 쓰거나, '
        "training.learning_rate와 training.epochs를 바꾸세요.",
    )


def _words_none() -> Wording:
    message = Text(
        "The score stands alone, so nobody can tell what it is worth. No baseline was run.",
        "점수만 있고 견줄 것이 없어 그 값을 알 수 없습니다. 기준 모델을 하나도 돌리지 않았습니다.",
    )
    fix = Text(
        'Set evaluate.baselines, for example to ["majority", "naive_bayes"].',
        'evaluate.baselines를 두세요. 예: ["majority", "naive_bayes"].',
    )
    return Wording(Text("No baseline", "기준 모델 없음"), message, fix)


CHECK = CheckSpec(
    name="baseline",
    ids=("GR-BASELINE",),
    run=_run,
    source="Roster forecast with BERT (2022), textbook chapter, author identification: no baseline beside the score.",
)
