"""GR-NOISEBAND: correlations of learnt vectors in; says when they are what unrelated vectors give."""

import numpy as np
from scipy.stats import binom

from seqwise.check.contract import CheckSpec
from seqwise.check.words import Text, Voice, Wording, number
from seqwise.records import Evidence, Finding
from seqwise.series_evidence import CorrelationFacts

# The band holds 95 of 100 correlations of unrelated vectors, so one in twenty is outside by chance.
OUTSIDE = 0.05

_FIX = Text(
    "Draw the band into the figure, and read nothing from what lies inside it.",
    "그림에 띠를 함께 그리고, 그 안의 값에서는 아무것도 읽지 마세요.",
)


def _run(evidence: Evidence) -> list[Finding]:
    facts = None if evidence.series is None else evidence.series.correlations
    if facts is None or facts.matrix.ndim != 2 or len(facts.matrix) < 2 or not np.isfinite(facts.band):
        return []
    pairs = facts.matrix[np.triu_indices(len(facts.matrix), k=1, m=facts.matrix.shape[1])]
    if not np.isfinite(pairs).all():
        return []
    n_outside, largest = int((np.abs(pairs) > facts.band).sum()), float(np.abs(pairs).max())
    numbers = {"n": len(pairs), "n_outside": n_outside, "largest": largest, "band": facts.band}
    voice = Voice("noise_band", "GR-NOISEBAND", evidence.language)
    # The chance that so many, or more, of that many unrelated pairs lie outside.
    is_noise = float(binom.sf(n_outside - 1, len(pairs), OUTSIDE)) > OUTSIDE
    words = _words(facts, n=len(pairs), n_outside=n_outside, largest=largest, is_noise=is_noise)
    return [voice.say("info" if is_noise else "pass", words, numbers=numbers)]


def _words(facts: CorrelationFacts, *, n: int, n_outside: int, largest: float, is_noise: bool) -> Wording:
    meaning = (
        Text("These correlations cannot be told from noise.", "이 상관관계는 잡음과 구별되지 않습니다.")
        if is_noise
        else Text("These correlations are more than noise.", "이 상관관계는 잡음보다 큽니다.")
    )
    band, most = number(facts.band), number(largest)
    message = Text(
        f"{meaning.en} {n_outside:,} of {n:,} lie outside of ±{band}, which holds 95 % of those of unrelated vectors; "
        f"the largest has the size {most}.",
        f"{meaning.ko} {n:,}개 중 {n_outside:,}개가 무관한 벡터의 상관관계 95 %가 드는 ±{band} 밖에 있고, 가장 큰 것의 "
        f"크기는 {most}입니다.",
    )
    title = (
        Text("Correlations inside the noise", "잡음 안의 상관관계")
        if is_noise
        else Text("Correlations outside the noise", "잡음을 넘는 상관관계")
    )
    return Wording(title, message, _FIX) if is_noise else Wording(title, message)


CHECK = CheckSpec(
    name="noise_band",
    ids=("GR-NOISEBAND",),
    run=_run,
    source="Roster forecast with BERT (2022): correlations of -0.082 to 0.001 in 768 dimensions; noise is ±0.071.",
)
