"""GR-JOSA: entities of a split in; says when particles (조사) stand inside of them, or decide their ends.

A form is no proof: many a name ends in 이 or 로. So a particle counts where the annotation or the prediction, the other
side of a pair, ends right before it; in the annotations alone, where the entity without it stands there too.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from seqwise.check.contract import CheckSpec
from seqwise.check.words import Text, Voice, Wording, quoted, share, split_name
from seqwise.evaluate import entity_matches as matching
from seqwise.records import Evidence, Finding, Level
from seqwise.spans.particles import is_particles
from seqwise.tag_evidence import TagEvidence

# Fewer are accidents of names that look like a name with a particle.
FEWEST = 5
# Share of the entities: of those that units or a tagger spoil, and of annotated ones, where names look alike.
SPOILT, ANNOTATED = 0.02, 0.05
# A stem of one syllable is found in too many names.
SHORTEST_STEM = 2
_N_TOLD = 5

_CAUSES = {
    "units": Text(
        "The units are larger than morphemes: a piece or an eojeol holds the particle too.",
        "단위가 형태소보다 커서 조각이나 어절에 조사가 함께 들어 있습니다.",
    ),
    "gold": Text(
        "A unit that begins in an entity was tagged whole, with the particle at its end.",
        "개체 안에서 시작한 단위를 끝의 조사까지 통째로 태그했습니다.",
    ),
    "found": Text("The tagger does not see where the particle begins.", "모델이 조사가 시작하는 곳을 보지 못합니다."),
}
_FIX = Text(
    'Take smaller units (prepare.split = "morphemes" or "characters"), or cut particles from what is '
    "found (seqwise predict --steps particles).",
    '더 작은 단위를 쓰거나(prepare.split = "morphemes" 또는 "characters") 찾은 개체에서 조사를 '
    "떼세요(seqwise predict --steps particles).",
)


@dataclass(frozen=True)
class _Side:
    """Entities at particles of one split, found in one way."""

    split: str
    kind: str
    n: int
    examples: tuple[str, ...]

    @property
    def level(self) -> Level:
        most = ANNOTATED if self.kind == "gold" else SPOILT
        if len(self.examples) >= max(FEWEST, most * self.n):
            return "warning"
        return "info" if self.examples and self.kind != "gold" else "pass"

    def numbers(self) -> dict[str, object]:
        return {
            "split": self.split,
            "of": self.kind,
            "n": self.n,
            "n_at_particles": len(self.examples),
            "examples": list(self.examples[:_N_TOLD]),
        }


def _run(evidence: Evidence) -> list[Finding]:
    voice = Voice("particles", "GR-JOSA", evidence.language)
    sides = [side for split, facts in evidence.tagged.items() if facts.gold for side in _sides(split, facts)]
    loud = [side for side in sides if side.level != "pass"]
    if loud or not sides:
        return [voice.say(side.level, _words(side), numbers=side.numbers()) for side in loud]
    n = sum(side.n for side in sides if side.kind == "units")
    message = Text(
        f"Particles stay outside of the entities. {n:,} entities were looked at.",
        f"조사가 개체 밖에 있습니다. 개체 {n:,}개를 보았습니다.",
    )
    return [voice.say("pass", Wording(Text("Particles outside", "개체 밖의 조사"), message), numbers={"n": n})]


def _sides(split: str, facts: TagEvidence) -> Iterator[_Side]:
    gold = facts.gold or ()
    n = sum(map(len, gold))
    spoilt = (
        one.found
        for one in facts.misaligned
        if one.found.startswith(one.entity) and is_particles(one.found[len(one.entity) :], behind=one.entity)
    )
    yield _Side(split, "units", n, tuple(spoilt))
    yield _Side(split, "gold", n, tuple(_with_particle(facts)))
    if facts.found is None:
        return
    missed = (
        text[one.predicted.start : one.predicted.end]
        for text, true, found in zip(facts.texts, gold, facts.found, strict=True)
        if true != found
        for one in matching.match(true, found)
        if one.predicted is not None and matching.is_at_particle(one, text)
    )
    yield _Side(split, "found", n, tuple(missed))


def _with_particle(facts: TagEvidence) -> Iterator[str]:
    """Annotated entities that are another annotated entity of the same label, and particles."""
    named = [
        (text[span.start : span.end], span.label)
        for text, spans in zip(facts.texts, facts.gold or (), strict=True)
        for span in spans
    ]
    known = set(named)
    for name, label in named:
        if any(
            (name[:end], label) in known and is_particles(name[end:].lstrip(), behind=name[:end])
            for end in range(SHORTEST_STEM, len(name))
        ):
            yield name


def _words(side: _Side) -> Wording:
    split, n, part = split_name(side.split), len(side.examples), share(len(side.examples), side.n)
    told = quoted(side.examples[:_N_TOLD])
    meaning = {
        "units": Text(
            "Units hold the end of an entity and its particle together, so the tags take both.",
            "단위가 개체의 끝과 조사를 함께 담아 태그가 둘 다 갖습니다.",
        ),
        "gold": Text(
            "Entities are annotated now with their particle and now without.",
            "개체가 어떤 때는 조사와 함께, 어떤 때는 조사 없이 표시되어 있습니다.",
        ),
        "found": Text(
            "The tagger misses the end of entities at particles.", "모델이 조사가 붙은 개체의 끝을 틀립니다."
        ),
    }[side.kind]
    message = Text(
        f"{meaning.en} So it is for {n:,} of {side.n:,} {split.en} entities ({part}), for example {told}.",
        f"{meaning.ko} {split.ko} 개체 {side.n:,}개 중 {n:,}개({part})가 그렇습니다. 예: {told}.",
    )
    return Wording(Text("Particles in entities", "개체 안의 조사"), message, _FIX, (_CAUSES[side.kind],))


CHECK = CheckSpec(
    name="particles",
    ids=("GR-JOSA",),
    run=_run,
    source="Named-entity walk-through: labels by the token's start made 송재우는 a person; its source knew of 일까지.",
)
