"""GR-SEEDVAR: differences from the best baseline by seed in; says when the conclusion depends on the seed."""

import numpy as np
from scipy.stats import t as student

from seqwise.check.contract import CheckSpec
from seqwise.check.words import Text, Voice, Wording, number
from seqwise.records import Evidence, Finding
from seqwise.series_evidence import SeedFacts

CONFIDENCE = 0.95

_CAUSES = (
    Text("The test set is small beside the difference.", "차이에 비해 시험 데이터가 작습니다."),
    Text(
        "Training has not converged, or not to the same place.", "학습이 수렴하지 않았거나 서로 다른 곳에 수렴했습니다."
    ),
)
_FIX = Text(
    "Report the mean over the seeds with its interval, run more seeds, and do not choose the best one.",
    "시드 평균을 구간과 함께 밝히고, 시드를 늘리고, 가장 좋은 시드를 고르지 마세요.",
)


def _run(evidence: Evidence) -> list[Finding]:
    facts = None if evidence.series is None else evidence.series.seeds
    if facts is None or len(facts.differences) < 2 or not np.isfinite(facts.differences).all():
        return []
    low, high = seed_interval(facts.differences)
    turns, is_open = min(facts.differences) < 0 < max(facts.differences), low <= 0 <= high
    numbers = {
        "metric": facts.metric,
        "baseline": facts.baseline,
        "differences": list(facts.differences),
        "low": low,
        "high": high,
    }
    voice = Voice("seed_variance", "GR-SEEDVAR", evidence.language)
    words = _words(facts, turns=turns, is_open=is_open, interval=(low, high))
    return [voice.say("warning" if turns or is_open else "pass", words, numbers=numbers)]


def seed_interval(differences: tuple[float, ...]) -> tuple[float, float]:
    """95 % interval of the mean over two or more seeds (Student 1908, https://doi.org/10.2307/2331554).

    Example:
        >>> [round(end, 3) for end in seed_interval((1.0, 2.0, 3.0))]
        [-0.484, 4.484]
    """
    values = np.asarray(differences)
    half = float(student.ppf((1 + CONFIDENCE) / 2, len(values) - 1) * values.std(ddof=1) / len(values) ** 0.5)
    return float(values.mean()) - half, float(values.mean()) + half


def _words(facts: SeedFacts, *, turns: bool, is_open: bool, interval: tuple[float, float]) -> Wording:
    if turns:
        meaning = Text("The conclusion depends on the seed.", "결론이 시드에 따라 달라집니다.")
    elif is_open:
        meaning = Text("The seeds do not settle the conclusion.", "시드만으로는 결론이 나지 않습니다.")
    else:
        meaning = Text("The conclusion holds for all seeds.", "모든 시드에서 결론이 같습니다.")
    n, n_better = len(facts.differences), sum(one > 0 for one in facts.differences)
    low, high, mean = (number(one) for one in (*interval, sum(facts.differences) / n))
    message = Text(
        f"{meaning.en} {n_better} of {n} seeds are better than {facts.baseline}; the mean difference in {facts.metric} "
        f"is {mean} [{low}, {high}] in favour of the model.",
        f"{meaning.ko} 시드 {n}개 중 {n_better}개가 {facts.baseline}보다 낫고, {facts.metric}의 평균 차이는 모델 "
        f"쪽으로 {mean} [{low}, {high}]입니다.",
    )
    if not turns and not is_open:
        return Wording(Text("The seeds agree", "시드가 서로 일치함"), message)
    return Wording(Text("The seeds disagree", "시드가 서로 어긋남"), message, _FIX, _CAUSES)


CHECK = CheckSpec(
    name="seed_variance",
    ids=("GR-SEEDVAR",),
    run=_run,
    source="Bouthillier et al. 2021, https://arxiv.org/abs/2103.03098: Accounting for variance in benchmarks.",
)
