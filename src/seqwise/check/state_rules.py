"""GR-SCHEME: steps that break the rules of the states in; says how many there are with and without the rules."""

from seqwise.check.contract import CheckSpec
from seqwise.check.words import Text, Voice, Wording, share, split_name
from seqwise.records import Evidence, Finding
from seqwise.series_evidence import RuleFacts

# Rules that one true step of twenty breaks are not the rules of these series.
BROKEN_BY_TRUTH = 0.05

_FIX_RULES = Text(
    "Look at data.forbidden and data.longest: the series themselves do not keep to them.",
    "data.forbidden과 data.longest를 살펴보세요. 실제 데이터가 이 규칙을 지키지 않습니다.",
)


def _run(evidence: Evidence) -> list[Finding]:
    if evidence.series is None:
        return []
    voice = Voice("state_rules", "GR-SCHEME", evidence.language)
    return [_finding(voice, facts) for facts in evidence.series.rules if facts.n]


def _finding(voice: Voice, facts: RuleFacts) -> Finding:
    is_wrong = facts.n_true > BROKEN_BY_TRUTH * facts.n
    wording = _words_wrong(facts) if is_wrong else _words_kept(facts)
    return voice.say("warning" if is_wrong else "pass", wording, numbers=vars(facts))


def _words_wrong(facts: RuleFacts) -> Wording:
    split, part = split_name(facts.split), share(facts.n_true, facts.n)
    message = Text(
        f"The truth itself breaks the rules on {part} of {facts.n:,} {split.en} steps. Forecasts that keep to them are "
        f"right on {share(facts.ruled_right, facts.n)}, those without rules on {share(facts.free_right, facts.n)}.",
        f"{split.ko} {facts.n:,}단계 중 {part}에서 실제 값이 규칙을 어깁니다. 규칙을 지킨 예측은 "
        f"{share(facts.ruled_right, facts.n)}, 규칙이 없는 예측은 {share(facts.free_right, facts.n)}가 맞았습니다.",
    )
    return Wording(Text("Rules that the data break", "데이터가 어기는 규칙"), message, _FIX_RULES)


def _words_kept(facts: RuleFacts) -> Wording:
    split, without, by_rules = split_name(facts.split), share(facts.n_free, facts.n), share(facts.n_ruled, facts.n)
    message = Text(
        f"Without rules {without} of {facts.n:,} {split.en} steps would break one; with them {by_rules} do. Right: "
        f"{share(facts.free_right, facts.n)} without, {share(facts.ruled_right, facts.n)} with.",
        f"규칙이 없으면 {split.ko} {facts.n:,}단계 중 {without}가 규칙을 어기고, 규칙을 쓰면 {by_rules}가 어깁니다. "
        f"맞은 단계는 없을 때 {share(facts.free_right, facts.n)}, 있을 때 {share(facts.ruled_right, facts.n)}입니다.",
    )
    return Wording(Text("Rules kept", "규칙을 지킴"), message)


CHECK = CheckSpec(
    name="state_rules",
    ids=("GR-SCHEME",),
    run=_run,
    source="Shift rosters: no day shift behind a night shift, and so many nights in a row at most.",
)
