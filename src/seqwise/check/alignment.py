"""GR-ALIGN: tags of a split in; says when they belong to the unit beside, or do not hold the entities exactly.

Tags that are shifted fit the text worse than they would shifted back. How well they fit is how often another unit of
the same writing has the same tag, given that this one is in an entity; on the corpora of the tests the right place is
always the best, by a factor of 1.2 (characters) to 5 (words).
"""

from collections import Counter

import numpy as np

from seqwise.check.contract import CheckSpec
from seqwise.check.tags import NO_TAG
from seqwise.check.words import Text, Voice, Wording, share, split_name
from seqwise.records import Evidence, Finding, Indices
from seqwise.repeats import text_numbers
from seqwise.spans.schemes import OUTSIDE
from seqwise.tag_evidence import TagEvidence

# Units of entities that it takes to judge, and how much better a shift must fit.
FEWEST_UNITS, BETTER = 100, 1.15
# Predictions that fit shifted tags: a third of the entities' units at least, and twice as many as in place.
FEWEST_MATCHES, TWICE = 1 / 3, 2.0
# Entities that cannot be right whatever the model learns: one in a hundred is seen in the score.
LOST = 0.01
SHIFTS = (-1, 1)

_FIX_SHIFT = Text(
    "Look at ten sentences with their tags side by side; put special tokens into text and tags alike.",
    "문장 열 개를 태그와 나란히 놓고 보세요. 특수 토큰은 글과 태그에 함께 넣거나 함께 빼세요.",
)
_CAUSES_SHIFT = (
    Text(
        "A special token such as [CLS] was put before the text and not before the tags.",
        "[CLS] 같은 토큰을 글에만 붙이고 태그에는 붙이지 않았습니다.",
    ),
    Text("The tags were found in a text that was cut in another way.", "다르게 나눈 글에서 태그를 찾았습니다."),
)
_FIX_LOST = Text(
    'Take smaller units: prepare.split = "characters" or "morphemes"; words of a file are taken as they are, so cut '
    "those in the file.",
    '더 작은 단위를 쓰세요: prepare.split = "characters" 또는 "morphemes". 파일에 있는 단어는 그대로 쓰므로 파일에서 '
    "나누세요.",
)
_REASONS = {
    "inside_unit": Text("an edge inside a unit", "단위 안의 경계"),
    "shared_unit": Text("a unit of two entities", "두 개체가 함께 쓰는 단위"),
    "no_unit": Text("no unit", "단위 없음"),
    "edge_outside": Text("an edge outside of all units", "단위 밖의 경계"),
}


def _run(evidence: Evidence) -> list[Finding]:
    voice = Voice("alignment", "GR-ALIGN", evidence.language)
    tagged = {split: facts for split, facts in evidence.tagged.items() if len(facts.surfaces)}
    found = [
        finding
        for split, facts in tagged.items()
        for finding in (*_shifted(voice, split, facts), *_lost(voice, split, facts))
    ]
    if found or not tagged:
        return found
    n = sum(len(facts.surfaces) for facts in tagged.values())
    message = Text(
        f"Tags and text stand side by side, and every entity comes back. {n:,} units were looked at.",
        f"태그와 글이 나란하고 모든 개체가 되돌아옵니다. 단위 {n:,}개를 보았습니다.",
    )
    return [voice.say("pass", Wording(Text("Tags fit the text", "태그가 글에 맞음"), message), numbers={"n": n})]


def _shifted(voice: Voice, split: str, facts: TagEvidence) -> list[Finding]:
    """The true tags against the text, else the predicted ones against the true."""
    name = split_name(split)
    fits = _fits_to_text(facts)
    if fits and max(fits[shift] for shift in SHIFTS) > BETTER * fits[0]:
        meaning = Text("The tags belong to the unit beside.", "태그가 옆 단위의 것입니다.")
        how = Text("units of the same writing share a tag", "글자가 같은 단위가 같은 태그를 갖는 비율이")
    else:
        fits = _fits_to_predictions(facts)
        best = max((fits[shift] for shift in SHIFTS), default=0.0) if fits else 0.0
        if best < FEWEST_MATCHES or best < TWICE * fits[0]:
            return []
        meaning = Text("The predictions are right for the unit beside.", "예측이 옆 단위에 맞습니다.")
        how = Text("predicted and true tags agree", "예측과 참 태그가 같은 비율이")
    shift = max(SHIFTS, key=lambda one: fits[one])
    here, there = share(fits[0], 1), share(fits[shift], 1)
    message = Text(
        f"{meaning.en} In {name.en} texts {how.en} in {here} of cases, and in {there} after a shift by {shift:+d}.",
        f"{meaning.ko} {name.ko} 데이터에서 {how.ko} 제자리에서는 {here}, {shift:+d}만큼 옮기면 {there}입니다.",
    )
    wording = Wording(Text("Tags are shifted", "태그가 밀림"), message, _FIX_SHIFT, _CAUSES_SHIFT)
    numbers = {"split": split, "shift": shift, "fit": fits[0], "fit_shifted": fits[shift]}
    return [voice.say("error", wording, numbers=numbers)]


def _pairs(facts: TagEvidence, shift: int) -> tuple[Indices, Indices]:
    """Units and those whose tag they get under a shift, both in the same text."""
    n = len(facts.surfaces)
    units = np.arange(max(0, -shift), min(n, n - shift), dtype=np.int64)
    text = np.repeat(np.arange(len(facts.offsets) - 1), np.diff(facts.offsets))
    units = units[text[units] == text[units + shift]]
    return units, units + shift


def _in_entity(facts: TagEvidence, tags: Indices) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Tags that tell something: those of entities, or all that words have of their own."""
    outside = facts.names.index(OUTSIDE) if facts.has_entities and OUTSIDE in facts.names else NO_TAG
    return (tags != NO_TAG) & (tags != outside)


def _fits_to_text(facts: TagEvidence) -> dict[int, float]:
    """For each shift how often another unit of the same writing has the same tag; empty when there are too few."""
    if facts.truth is None:
        return {}
    writing = text_numbers(facts.surfaces, len(facts.surfaces))
    fits: dict[int, float] = {}
    for shift in (0, *SHIFTS):
        units, others = _pairs(facts, shift)
        own, tags = writing[units], facts.truth[others]
        times = np.bincount(own)[own]
        _, which, n_same = np.unique(own * (len(facts.names) + 1) + tags, return_inverse=True, return_counts=True)
        is_judged = _in_entity(facts, tags) & (times > 1)
        if is_judged.sum() < FEWEST_UNITS:
            return {}
        fits[shift] = float(((n_same[which] - 1) / np.maximum(times - 1, 1))[is_judged].mean())
    return fits


def _fits_to_predictions(facts: TagEvidence) -> dict[int, float]:
    """For each shift how often predicted and true tags agree where one of the two is in an entity."""
    if facts.truth is None or facts.predicted is None:
        return {}
    fits: dict[int, float] = {}
    for shift in (0, *SHIFTS):
        units, others = _pairs(facts, shift)
        predicted, true = facts.predicted[units], facts.truth[others]
        is_judged = (_in_entity(facts, predicted) | _in_entity(facts, true)) & (predicted != NO_TAG) & (true != NO_TAG)
        if is_judged.sum() < FEWEST_UNITS:
            return {}
        fits[shift] = float((predicted == true)[is_judged].mean())
    return fits


def _lost(voice: Voice, split: str, facts: TagEvidence) -> list[Finding]:
    n, n_lost = sum(map(len, facts.gold or ())), len(facts.misaligned)
    if not n_lost:
        return []
    name, first = split_name(split), facts.misaligned[0]
    reasons = Counter(one.reason for one in facts.misaligned)
    told = Text(
        ", ".join(f"{_REASONS[reason].en} {count:,}" for reason, count in reasons.most_common()),
        ", ".join(f"{_REASONS[reason].ko} {count:,}" for reason, count in reasons.most_common()),
    )
    message = Text(
        f"Some entities can never be right, because the tags of the units do not hold them. So it is for {n_lost:,} of "
        f'{n:,} {name.en} entities ({share(n_lost, n)}): {told.en}. The first is in {first.place}: "{first.entity}" '
        f'becomes "{first.found}".',
        f"단위의 태그가 담지 못해 결코 맞힐 수 없는 개체가 있습니다. {name.ko} 개체 {n:,}개 중 "
        f"{n_lost:,}개({share(n_lost, n)})가 그렇습니다: {told.ko}. 처음은 {first.place}: "
        f'"{first.entity}" → "{first.found}".',
    )
    numbers: dict[str, object] = {
        "split": split,
        "n": n,
        "n_lost": n_lost,
        "reasons": dict(reasons),
        "places": [one.place for one in facts.misaligned[:20]],
    }
    wording = Wording(Text("Entities that units do not hold", "단위가 담지 못하는 개체"), message, _FIX_LOST)
    return [voice.say("warning" if n_lost >= LOST * n else "info", wording, numbers=numbers)]


CHECK = CheckSpec(
    name="alignment",
    ids=("GR-ALIGN",),
    run=_run,
    source="Named-entity walk-through: the tagged text was cut into pieces, and offsets found by joining these again.",
)
