"""GR-UNUSEDCONFIG: the values that the settings file sets in; names those that nothing reads."""

from seqwise.check.contract import CheckSpec
from seqwise.check.words import Text, Voice, Wording, quoted
from seqwise.records import Evidence, Finding, SettingUse


def _run(evidence: Evidence) -> list[Finding]:
    if not evidence.settings:
        return []
    voice = Voice("unused_settings", "GR-UNUSEDCONFIG", evidence.language)
    unread = tuple(use for use in evidence.settings if not use.is_read)
    if unread:
        numbers = {use.key: {"value": use.value, "reason": use.reason} for use in unread}
        return [voice.say("warning", _words(unread, n=len(evidence.settings)), numbers=numbers)]
    message = Text(
        f"Every setting takes part. {len(evidence.settings):,} values are set, and all are read.",
        f"모든 설정이 쓰입니다. 정한 값 {len(evidence.settings):,}개를 모두 읽습니다.",
    )
    wording = Wording(Text("All settings are read", "모든 설정을 읽음"), message)
    return [voice.say("pass", wording, numbers={"n": len(evidence.settings)})]


def _words(unread: tuple[SettingUse, ...], *, n: int) -> Wording:
    keys = quoted(tuple(f"{use.key} = {use.value}" for use in unread))
    message = Text(
        f"Something you set changes nothing. {len(unread):,} of {n:,} values are not read in this run: {keys}.",
        f"정해 두었지만 아무것도 바꾸지 않는 값이 있습니다. {n:,}개 중 {len(unread):,}개를 이번 실행에서 읽지 "
        f"않습니다: {keys}.",
    )
    fix = Text(
        f"Remove {unread[0].key}, or choose what reads it.",
        f"{unread[0].key}을(를) 빼거나, 그 값을 읽는 것을 고르세요.",
    )
    causes = tuple(Text(f"{use.key}: {use.reason}", f"{use.key}: {use.reason}") for use in unread if use.reason)
    return Wording(Text("Settings without effect", "효과 없는 설정"), message, fix, causes)


CHECK = CheckSpec(
    name="unused_settings",
    ids=("GR-UNUSEDCONFIG",),
    run=_run,
    source="Roster story: learning_rate=5e-5 set, the optimizer built with 3e-5; textbook: LR set after the optimizer.",
)
