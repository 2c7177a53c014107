"""GR-NFD: texts in; says when one split is written in decomposed Unicode (NFD) and another is not."""

from unicodedata import is_normalized

from seqwise.check.contract import CheckSpec
from seqwise.check.words import Text, Voice, Wording, share, split_name
from seqwise.records import Evidence, Finding, Rows

# One text in twenty more than in training, and not a handful: another source, such as file names of a Mac.
APART, FEWEST = 0.05, 5

_FIX = Text(
    "Write all files in NFC. seqwise composes what the network sees; other tools and baselines do not.",
    "모든 파일을 NFC로 쓰세요. seqwise는 신경망이 보는 글을 합치지만, 다른 도구와 기준 모델은 그러지 않습니다.",
)
_CAUSES = (
    Text("A file went through a system that writes NFD, as macOS does.", "macOS처럼 NFD로 쓰는 시스템을 거쳤습니다."),
)


def _run(evidence: Evidence) -> list[Finding]:
    counts = {split: _n_decomposed(rows) for split, rows in evidence.rows.items() if len(rows)}
    if not counts:
        return []
    voice = Voice("unicode_forms", "GR-NFD", evidence.language)
    shares = {split: count / len(evidence.rows[split]) for split, count in counts.items()}
    most, least = max(shares, key=lambda one: shares[one]), min(shares, key=lambda one: shares[one])
    numbers: dict[str, object] = {split: {"n": len(evidence.rows[split]), "n_nfd": n} for split, n in counts.items()}
    is_apart = shares[most] - shares[least] >= APART and counts[most] >= FEWEST
    level = "warning" if is_apart else "info" if counts[most] else "pass"
    first, other = split_name(most), split_name(least)
    meaning = {
        "warning": Text("The splits are written in two ways.", "데이터가 두 가지 꼴로 적혀 있습니다."),
        "info": Text("Some texts are decomposed, alike in all splits.", "분해된 글이 데이터마다 비슷하게 있습니다."),
        "pass": Text("The texts are composed.", "글이 합쳐진 꼴(NFC)입니다."),
    }[level]
    n, n_most = f"{len(evidence.rows[most]):,}", f"{counts[most]:,}"
    part, rest = share(shares[most], 1), share(shares[least], 1)
    message = Text(
        f"{meaning.en} {n_most} of {n} {first.en} texts ({part}) are not in NFC, and {rest} of the {other.en} texts.",
        f"{meaning.ko} {first.ko} 글 {n}개 중 {n_most}개({part})가 NFC가 아니고, {other.ko} 글은 {rest}입니다.",
    )
    title = Text("Unicode forms", "유니코드 꼴")
    wording = Wording(title, message) if level == "pass" else Wording(title, message, _FIX, _CAUSES)
    return [voice.say(level, wording, numbers=numbers)]


def _n_decomposed(rows: Rows) -> int:
    return sum(not is_normalized("NFC", text) for text in rows.texts)


CHECK = CheckSpec(
    name="unicode_forms",
    ids=("GR-NFD",),
    run=_run,
    source="Unicode Standard Annex 15: the same word in NFC and in NFD shares no character with itself in Hangul.",
)
