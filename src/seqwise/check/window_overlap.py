"""GR-DUP for windows: targets of pairs of splits in; says when the same time of the same unit is a target in both."""

from seqwise.check.contract import CheckSpec
from seqwise.check.words import Text, Voice, Wording, share, split_name
from seqwise.records import Evidence, Finding, Level
from seqwise.series_evidence import SharedTargets

# Windows cut after the split share nothing, so one shared target is a fault; one in a hundred hardly moves a score.
MANY = 0.01

_CAUSES = (
    Text("Windows were cut first and then divided by chance.", "윈도를 먼저 만들고 나서 무작위로 나눴습니다."),
    Text("Windows reach over the time at which the splits meet.", "윈도가 나눈 시점을 넘어 양쪽에 걸쳐 있습니다."),
)
_FIX = Text(
    "Divide by time or by unit first, and cut the windows of each split so that their targets lie in it.",
    "먼저 시간이나 단위로 나누고, 정답이 그 안에 들도록 각 데이터의 윈도를 만드세요.",
)


def _run(evidence: Evidence) -> list[Finding]:
    pairs = [] if evidence.series is None else [one for one in evidence.series.shared if one.n > 0]
    if not pairs:
        return []
    voice = Voice("window_overlap", "GR-DUP", evidence.language)
    found = [voice.say(_level(one), _words(one), numbers=vars(one)) for one in pairs if one.n_shared > 0]
    return found or [voice.say("pass", _words_pass(pairs), numbers={one.second: one.n for one in pairs})]


def _level(one: SharedTargets) -> Level:
    return "error" if one.n_shared >= MANY * one.n else "warning"


def _words(one: SharedTargets) -> Wording:
    first, second, part = split_name(one.first), split_name(one.second), share(one.n_shared, one.n)
    message = Text(
        f"What is scored was a target before. {one.n_shared:,} of {one.n:,} {second.en} targets ({part}) are the same "
        f"times of the same units as {first.en} targets.",
        f"채점하는 값이 이미 정답으로 쓰였습니다. {second.ko} 정답 {one.n:,}개 중 {one.n_shared:,}개({part})가 "
        f"{first.ko} 정답과 같은 단위의 같은 시점입니다.",
    )
    return Wording(Text("Windows overlap across splits", "윈도가 나눈 데이터 사이에 겹침"), message, _FIX, _CAUSES)


def _words_pass(pairs: list[SharedTargets]) -> Wording:
    n = max(one.n for one in pairs)
    message = Text(
        f"No target is in two splits. The larger of the later splits has {n:,}.",
        f"두 데이터에 함께 든 정답이 없습니다. 뒤쪽 데이터 중 큰 것에는 정답이 {n:,}개 있습니다.",
    )
    return Wording(Text("No overlap of windows", "윈도가 겹치지 않음"), message)


CHECK = CheckSpec(
    name="window_overlap",
    ids=("GR-DUP",),
    run=_run,
    source="Hewamalage, Ackermann and Bergmeir 2023, https://doi.org/10.1007/s10618-022-00894-5, on leaking windows.",
)
