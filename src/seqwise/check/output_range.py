"""GR-OUTPUTRANGE: forecasts in; says when they pile up at a bound that the truth goes beyond."""

from collections.abc import Mapping
from math import isfinite

from seqwise.check.contract import CheckSpec
from seqwise.check.words import Text, Voice, Wording, number, share, split_name
from seqwise.records import Evidence, Finding, Level
from seqwise.series_evidence import ForecastFacts

# Forecasts without a bound have one lowest value; a hundredth of all at the same one is a wall.
PILED = 0.01
FEWEST_PILED = 3
# Truths beyond the wall: below this a wall may be the honest edge of the data.
BEYOND = 0.01
FAR_BEYOND = 0.10

_CAUSES = (
    Text(
        "An activation stands on the output: relu gives nothing below 0, sigmoid and tanh nothing beyond 1.",
        "출력에 활성화 함수가 있습니다. relu는 0보다 작은 값을, sigmoid와 tanh는 1을 넘는 값을 내지 못합니다.",
    ),
    Text("Forecasts are clipped to the range of the training rows.", "예측을 학습 데이터의 범위로 잘랐습니다."),
)
_FIX = Text(
    "Leave the last layer linear, or choose a distribution that has the range of the data.",
    "마지막 층을 선형으로 두거나, 데이터의 범위에 맞는 분포를 고르세요.",
)


def _run(evidence: Evidence) -> list[Finding]:
    forecasts = () if evidence.series is None else evidence.series.forecasts
    usable = [one for one in forecasts if one.n > 0 and isfinite(one.low) and isfinite(one.high) and one.low < one.high]
    if not usable:
        return []
    voice = Voice("output_range", "GR-OUTPUTRANGE", evidence.language)
    found: list[Finding] = []
    for one in usable:
        for bound, n_at, n_beyond in ((one.low, one.n_at_low, one.n_below), (one.high, one.n_at_high, one.n_above)):
            if n_at >= max(FEWEST_PILED, PILED * one.n) and n_beyond >= BEYOND * one.n:
                level: Level = "error" if n_beyond >= FAR_BEYOND * one.n else "warning"
                numbers = {**vars(one), "bound": bound}
                found.append(
                    voice.say(level, _words(one, bound, n_at=n_at, n_beyond=n_beyond), numbers=_plain(numbers))
                )
    return found or [voice.say("pass", _words_pass(usable[0]), numbers=_plain(vars(usable[0])))]


def _plain(numbers: Mapping[str, object]) -> dict[str, object]:
    """Without what is no number."""
    return {name: value for name, value in numbers.items() if not isinstance(value, float) or isfinite(value)}


def _words(one: ForecastFacts, bound: float, *, n_at: int, n_beyond: int) -> Wording:
    split, at, beyond = split_name(one.split), share(n_at, one.n), share(n_beyond, one.n)
    message = Text(
        f'The output cannot reach the truth. {at} of {one.n:,} {split.en} forecasts of "{one.channel}" stand at '
        f"{number(bound)}, and {beyond} of the truths lie beyond it.",
        f'출력이 참값에 닿지 못합니다. "{one.channel}"에 대한 {split.ko} 예측 {one.n:,}개 중 {at}가 {number(bound)}에 '
        f"몰려 있고, 참값의 {beyond}는 그 너머에 있습니다.",
    )
    return Wording(Text("The output has a wall", "출력이 벽에 막힘"), message, _FIX, _CAUSES)


def _words_pass(one: ForecastFacts) -> Wording:
    split = split_name(one.split)
    message = Text(
        f'No wall in the output. {one.n:,} {split.en} forecasts of "{one.channel}" reach from {number(one.low)} to '
        f"{number(one.high)}.",
        f'출력에 벽이 없습니다. "{one.channel}"에 대한 {split.ko} 예측 {one.n:,}개가 {number(one.low)}에서 '
        f"{number(one.high)}까지 있습니다.",
    )
    return Wording(Text("The output reaches the truth", "출력이 참값에 닿음"), message)


CHECK = CheckSpec(
    name="output_range",
    ids=("GR-OUTPUTRANGE",),
    run=_run,
    source="Textbook chapter on time series: relu on the output of a bidirectional LSTM that regresses a price.",
)
