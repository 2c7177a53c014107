"""GR-SEQLEN1 and GR-NOTFORECAST: windows in; says when a recurrent model sees one step, or the target is given."""

from math import isfinite

from seqwise.check.contract import CheckSpec
from seqwise.check.words import Text, Voice, Wording, share
from seqwise.records import Evidence, Finding
from seqwise.series_evidence import SeriesEvidence, Telltale

# A column that says the target on 99 of 100 rows leaves nothing to forecast.
TELLING = 0.99

_CAUSE_AXES = Text(
    "The array was reshaped to (rows, 1, features): the features took the place of time.",
    "배열을 (행, 1, 특성)으로 바꿔 시간이 있을 자리에 특성이 들어갔습니다.",
)
_FIX_LENGTH = Text(
    "Give windows of several steps in a row, shaped (windows, steps, features).",
    "여러 단계가 이어진 윈도를 (윈도, 단계, 특성) 모양으로 주세요.",
)
_CAUSE_SAME_ROW = Text(
    "Inputs and target were taken from the same row of the table.", "입력과 정답을 표의 같은 행에서 가져왔습니다."
)
_FIX_TARGET = Text(
    "Let the target begin after the last step that is seen, and give for the steps to come only what is known then.",
    "정답이 마지막 입력보다 뒤에서 시작하게 하고, 앞으로의 단계에는 그때 이미 알 수 있는 것만 주세요.",
)


def _run(evidence: Evidence) -> list[Finding]:
    facts = evidence.series
    if facts is None:
        return []
    length = Voice("horizon", "GR-SEQLEN1", evidence.language)
    forecast = Voice("horizon", "GR-NOTFORECAST", evidence.language)
    return _length(length, facts) + _target(forecast, facts)


def _length(voice: Voice, facts: SeriesEvidence) -> list[Finding]:
    if facts.input is None or facts.is_recurrent is None:
        return []
    numbers = {"input": facts.input, "is_recurrent": facts.is_recurrent}
    if facts.input == 1 and facts.is_recurrent:
        return [voice.say("warning", _words_one_step(), numbers=numbers)]
    message = Text(f"The model sees {facts.input:,} steps.", f"모델이 {facts.input:,}단계를 봅니다.")
    return [voice.say("pass", Wording(Text("Steps to look back on", "돌아볼 단계가 있음"), message), numbers=numbers)]


def _target(voice: Voice, facts: SeriesEvidence) -> list[Finding]:
    telling = [one for one in facts.telltales if isfinite(one.share) and one.share >= TELLING]
    found = [voice.say("error", _words_told(one), numbers=vars(one)) for one in telling]
    if facts.lead is None:
        return found
    numbers = {"lead": facts.lead, "horizon": facts.horizon}
    if facts.lead < 1:
        found.append(voice.say("error", _words_no_lead(facts.lead), numbers=numbers))
    return found or [voice.say("pass", _words_pass(facts.lead), numbers=numbers)]


def _words_one_step() -> Wording:
    message = Text(
        "A recurrent model that sees 1 step has no past: it is a feed-forward net at the price of a recurrent one.",
        "1단계만 보는 순환 모델에는 과거가 없습니다. 값만 비싼 피드포워드 신경망입니다.",
    )
    return Wording(Text("One step is no sequence", "한 단계는 시퀀스가 아님"), message, _FIX_LENGTH, (_CAUSE_AXES,))


def _words_told(one: Telltale) -> Wording:
    part = share(one.share, 1)
    english = "is equal to" if one.kind == "equal" else "has one value for each state of"
    korean = "와(과) 값이 같습니다" if one.kind == "equal" else "의 상태마다 한 가지 값입니다"
    message = Text(
        f'The target is given. At the step that is foretold, "{one.column}" {english} "{one.target}" on {part} of '
        f"{one.n:,} training rows.",
        f'정답이 입력에 들어 있습니다. 맞혀야 할 단계에서 "{one.column}" 열이 학습 데이터 {one.n:,}개 중 {part}에서 '
        f'"{one.target}"{korean}.',
    )
    return Wording(Text("A column says the target", "정답을 말해 주는 열"), message, _FIX_TARGET, (_CAUSE_SAME_ROW,))


def _words_no_lead(lead: int) -> Wording:
    message = Text(
        f"This is no forecast: the first target stands {lead} steps after the last input, not 1 or more.",
        f"예측이 아닙니다. 첫 정답이 마지막 입력보다 {lead}단계 뒤에 있으며, 1단계 이상이어야 합니다.",
    )
    return Wording(Text("Not a forecast", "예측이 아님"), message, _FIX_TARGET, (_CAUSE_SAME_ROW,))


def _words_pass(lead: int) -> Wording:
    message = Text(
        f"What is foretold lies ahead: the first target stands at least {lead} steps after the last input.",
        f"앞날을 예측합니다. 첫 정답이 마지막 입력보다 적어도 {lead}단계 뒤에 있습니다.",
    )
    return Wording(Text("A forecast", "예측이 맞음"), message)


CHECK = CheckSpec(
    name="horizon",
    ids=("GR-SEQLEN1", "GR-NOTFORECAST"),
    run=_run,
    source="Textbook chapter on time series: reshape(N, 1, 5), and the volume of the same day as the target.",
)
