"""GR-COLLAPSE for numbers: forecasts in; says when they hardly vary beside their truths."""

from math import isfinite

from seqwise.check.contract import CheckSpec
from seqwise.check.words import Text, Voice, Wording, number, split_name
from seqwise.records import Evidence, Finding, Level
from seqwise.series_evidence import ForecastFacts

# Ratio of variances. The best forecast explains R² of the truth's variance and has just that share of it: below 1 % it
# is no news even if right, and below 1e-4 it is a constant with noise of rounding and of dropout.
CONSTANT = 1e-4
SMALL = 0.01
# Fewer numbers vary little by accident.
FEWEST = 8

_CAUSES = (
    Text(
        "The series has nothing that can be foretold from what is given.", "주어진 것으로는 예측할 수 없는 계열입니다."
    ),
    Text("Inputs were not scaled, so that the layers are saturated.", "입력을 스케일링하지 않아 층이 포화되었습니다."),
    Text(
        "The last activation is dead: relu below 0 gives 0 and no gradient.",
        "마지막 relu가 죽어 0만 내고 기울기도 없습니다.",
    ),
    Text("The learning rate is too high or too low.", "학습률이 너무 높거나 낮습니다."),
)
_FIX = Text(
    "Compare with the mean and with the last value, scale the inputs, and change training.learning_rate by a factor "
    "of ten each way.",
    "평균과 마지막 값에 견주어 보고, 입력을 스케일링하고, training.learning_rate를 열 배씩 위아래로 바꿔 보세요.",
)


def _run(evidence: Evidence) -> list[Finding]:
    forecasts = () if evidence.series is None else evidence.series.forecasts
    usable = [one for one in forecasts if _is_usable(one)]
    if not usable:
        return []
    voice = Voice("constant_forecast", "GR-COLLAPSE", evidence.language)
    told = [voice.say(_level(one), _words(one), numbers=_numbers(one)) for one in usable]
    return [finding for finding in told if finding.level != "pass"] or told


def _is_usable(one: ForecastFacts) -> bool:
    is_known = isfinite(one.variance) and isfinite(one.truth_variance) and isfinite(one.low)
    return is_known and one.n >= FEWEST and one.variance >= 0 and one.truth_variance > 0


def _level(one: ForecastFacts) -> Level:
    ratio = one.variance / one.truth_variance
    if ratio < CONSTANT:
        return "error"
    return "warning" if ratio < SMALL else "pass"


def _numbers(one: ForecastFacts) -> dict[str, object]:
    return {
        "split": one.split,
        "channel": one.channel,
        "n": one.n,
        "variance": one.variance,
        "truth_variance": one.truth_variance,
        "ratio": one.variance / one.truth_variance,
    }


def _words(one: ForecastFacts) -> Wording:
    split, level, ratio = split_name(one.split), _level(one), number(one.variance / one.truth_variance)
    meaning = {
        "error": Text("The forecast is a constant.", "예측이 상수입니다."),
        "warning": Text("The forecast is nearly a constant.", "예측이 거의 상수입니다."),
        "pass": Text("The forecast moves.", "예측이 움직입니다."),
    }[level]
    message = Text(
        f'{meaning.en} Over {one.n:,} {split.en} forecasts of "{one.channel}" the variance is {number(one.variance)}, '
        f"{ratio} times that of the truth.",
        f'{meaning.ko} "{one.channel}"에 대한 {split.ko} 예측 {one.n:,}개의 분산은 {number(one.variance)}로, 참값의 '
        f"{ratio}배입니다.",
    )
    title = {
        "error": Text("The same number for every step", "모든 단계에 같은 수"),
        "warning": Text("Nearly the same number for every step", "모든 단계에 거의 같은 수"),
        "pass": Text("No constant forecast", "예측이 상수가 아님"),
    }[level]
    return Wording(title, message) if level == "pass" else Wording(title, message, _FIX, _CAUSES)


CHECK = CheckSpec(
    name="constant_forecast",
    ids=("GR-COLLAPSE",),
    run=_run,
    source="Textbook chapter on time series: final losses no better than those of a constant mean.",
)
