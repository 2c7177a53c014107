"""GR-SCHEME: tags of a split in; says when schemes are mixed, or sequences are not valid in theirs."""

from collections.abc import Sequence

from seqwise.check.contract import CheckSpec
from seqwise.check.tags import sequences
from seqwise.check.words import Text, Voice, Wording, quoted, share, split_name
from seqwise.records import Evidence, Finding, Level
from seqwise.spans.detection import detect
from seqwise.spans.schemes import OUTSIDE, Scheme
from seqwise.spans.tag_faults import tag_faults
from seqwise.tag_evidence import TagEvidence

# One sentence in a hundred moves no score beyond its interval; one in twenty is another scheme, or another file.
MANY, TOO_MANY = 0.01, 0.05

_FIX = Text(
    "Write all tags in one scheme, choose it by name (data.scheme), and decode predictions under its rules.",
    "모든 태그를 한 방식으로 쓰고, 그 이름을 data.scheme에 적고, 예측은 그 규칙 아래에서 복호하세요.",
)
_CAUSES = (
    Text("Files of two origins were joined.", "출처가 다른 파일을 합쳤습니다."),
    Text(
        "Each tag was chosen by itself, so an I- may stand without a beginning.",
        "태그를 하나씩 골라 시작 없는 I-가 생깁니다.",
    ),
)


def _run(evidence: Evidence) -> list[Finding]:
    voice = Voice("tag_scheme", "GR-SCHEME", evidence.language)
    tagged = {split: facts for split, facts in evidence.tagged.items() if facts.has_entities}
    found = [finding for split, facts in tagged.items() for finding in _judge(voice, split, facts)]
    n = sum(len(facts.offsets) - 1 for facts in tagged.values())
    if found or n == 0:
        return found
    message = Text(
        f"The tags keep one scheme. {n:,} texts were read.", f"태그가 한 방식을 지킵니다. 글 {n:,}개를 읽었습니다."
    )
    return [voice.say("pass", Wording(Text("One scheme", "한 가지 방식"), message), numbers={"n": n})]


def _judge(voice: Voice, split: str, facts: TagEvidence) -> list[Finding]:
    """The true tags by themselves, then the predicted ones in their scheme."""
    found: list[Finding] = []
    schemes: tuple[Scheme, ...] = ()
    for side, tags in (("truth", facts.truth), ("predicted", facts.predicted)):
        own = [] if tags is None else list(sequences(facts, tags))
        detection = detect(own)
        faulty = {misfit.scheme: misfit.n_faulty for misfit in detection.misfits}
        asked = schemes or tuple(faulty) + detection.fitting
        scheme = min(asked, key=lambda one: faulty.get(one, 0))
        schemes = schemes or detection.fitting or (scheme,)
        if faulty.get(scheme, 0):
            found.append(_say(voice, split, own, side=side, scheme=scheme, n_faulty=faulty[scheme]))
    return found


def _say(
    voice: Voice, split: str, own: Sequence[Sequence[str]], *, side: str, scheme: Scheme, n_faulty: int
) -> Finding:
    strange = tuple(sorted({tag for tags in own for tag in tags if scheme.read(tag) is None}))
    level = _level(n_faulty, len(own), is_mixed=bool(strange), is_truth=side == "truth")
    row, fault = next((i, faults[0]) for i, tags in enumerate(own) if (faults := tag_faults(tags, scheme)))
    numbers: dict[str, object] = {
        "split": split,
        "side": side,
        "scheme": str(scheme),
        "n": len(own),
        "n_faulty": n_faulty,
        "first": row,
        "position": fault.position,
        "tag": fault.found,
        "nearest": fault.nearest,
        "strange": list(strange),
    }
    name, part = split_name(split), share(n_faulty, len(own))
    whose = {"truth": Text("true", "참"), "predicted": Text("predicted", "예측")}[side]
    meaning = (
        Text("Two schemes are mixed, so entities are read wrongly.", "두 방식이 섞여 개체를 잘못 읽게 됩니다.")
        if strange
        else Text("Strict and lenient scores differ on these.", "이런 태그에서는 엄격한 점수와 느슨한 점수가 다릅니다.")
    )
    told = f" {quoted(strange)}" if strange else ""
    mend = f' ("{fault.nearest}"?)' if fault.nearest and fault.nearest != OUTSIDE else ""
    message = Text(
        f"{meaning.en} The {whose.en} tags of {n_faulty:,} of {len(own):,} {name.en} texts ({part}) are not valid in "
        f'{scheme}; the first is text {row + 1:,}, unit {fault.position + 1:,}: "{fault.found}"{mend}.'
        + (f" Not of the scheme:{told}." if strange else ""),
        f"{meaning.ko} {name.ko} 글 {len(own):,}개 중 {n_faulty:,}개({part})의 {whose.ko} 태그가 {scheme}에 맞지 "
        "않습니다. "
        f'처음은 {row + 1:,}번째 글의 {fault.position + 1:,}번째 단위: "{fault.found}"{mend}.'
        + (f" 방식에 없는 태그:{told}." if strange else ""),
    )
    title = Text("Schemes are mixed", "방식이 섞임") if strange else Text("Invalid tags", "맞지 않는 태그")
    return voice.say(level, Wording(title, message, _FIX, _CAUSES), numbers=numbers)


def _level(n_faulty: int, n: int, *, is_mixed: bool, is_truth: bool) -> Level:
    if n_faulty >= TOO_MANY * n and (is_mixed or is_truth):
        return "error"
    return "warning" if is_mixed or is_truth or n_faulty >= MANY * n else "info"


CHECK = CheckSpec(
    name="tag_scheme",
    ids=("GR-SCHEME",),
    run=_run,
    source="Named-entity walk-through: stray I- tags were dropped by hand; Ratinov and Roth 2009 on schemes.",
)
