"""GR-SCALERLEAK: fitted scales in; says when they are those of all rows, or not those of the training rows."""

from math import isfinite

from seqwise.check.contract import CheckSpec
from seqwise.check.words import Text, Voice, Wording, number, quoted
from seqwise.records import Evidence, Finding, Level
from seqwise.series_evidence import Scale, ScalerFacts

# In spreads of the column. Closer than this two scales are the same numbers, up to the rounding of float32.
SAME = 1e-5
# What is off by less than a hundredth of a spread changes no forecast that anyone could tell; a standard deviation
# with n - 1 instead of n is off by 1 / (2n).
HARMLESS = 0.01

_CAUSE = Text(
    "The scaler was fitted before the rows were split.", "행을 나누기 전에 전체 데이터로 스케일러를 맞췄습니다."
)
_FIX = Text(
    "Split first; fit the scaler on the training rows alone and apply it to the others.",
    "먼저 나누고, 스케일러는 학습 데이터에만 맞춘 뒤 나머지에는 적용만 하세요.",
)


def _run(evidence: Evidence) -> list[Finding]:
    scalers = () if evidence.series is None else evidence.series.scalers
    usable = [one for one in scalers if _is_finite(one)]
    if not usable:
        return []
    voice = Voice("scaler_leak", "GR-SCALERLEAK", evidence.language)
    found: list[Finding] = []
    for words, chosen in (
        (_words_leak, [one for one in usable if _is_of_all(one)]),
        (_words_other, [one for one in usable if _is_of_others(one)]),
    ):
        if chosen:
            worst = max(chosen, key=lambda one: _distance(one.fitted, one.training))
            names = tuple(one.column for one in chosen)
            numbers = {"columns": list(names), **_numbers(worst)}
            found.append(voice.say(_level(worst), words(worst, names), numbers=numbers))
    return found or [voice.say("pass", _words_pass(usable[0], len(usable)), numbers=_numbers(usable[0]))]


def _is_finite(one: ScalerFacts) -> bool:
    scales = (one.fitted, one.training, one.all_rows)
    return all(isfinite(scale.center) and isfinite(scale.spread) and scale.spread > 0 for scale in scales)


def _distance(one: Scale, other: Scale) -> float:
    return max(abs(one.center - other.center), abs(one.spread - other.spread)) / other.spread


def _is_of_all(one: ScalerFacts) -> bool:
    return _distance(one.fitted, one.all_rows) <= SAME < _distance(one.fitted, one.training)


def _is_of_others(one: ScalerFacts) -> bool:
    return _distance(one.fitted, one.training) > HARMLESS and not _is_of_all(one)


def _level(one: ScalerFacts) -> Level:
    return "error" if _is_of_all(one) and _distance(one.fitted, one.training) > HARMLESS else "warning"


def _numbers(one: ScalerFacts) -> dict[str, object]:
    scales = {"fitted": one.fitted, "training": one.training, "all": one.all_rows}
    figures = {f"{name}_{part}": value for name, scale in scales.items() for part, value in vars(scale).items()}
    return {"column": one.column, **figures}


def _figures(scale: Scale) -> str:
    return f"{number(scale.center)} / {number(scale.spread)}"


def _words_leak(one: ScalerFacts, names: tuple[str, ...]) -> Wording:
    fitted, training, of_all = (_figures(scale) for scale in (one.fitted, one.training, one.all_rows))
    message = Text(
        f"The scaler knows the held-out rows. Of {quoted(names)}, the centre and spread in use for "
        f'"{one.column}" are {fitted}; all rows give {of_all}, and the training rows alone {training}.',
        f"스케일러가 따로 둔 데이터를 알고 있습니다. {quoted(names)} 가운데 "
        f'"{one.column}" 열에 쓰인 중심과 폭은 {fitted}인데, 모든 행으로 구하면 {of_all}, 학습 데이터만으로는 '
        f"{training}입니다.",
    )
    return Wording(Text("Scaled by held-out rows", "따로 둔 데이터로 스케일링"), message, _FIX, (_CAUSE,))


def _words_other(one: ScalerFacts, names: tuple[str, ...]) -> Wording:
    fitted, training = _figures(one.fitted), _figures(one.training)
    message = Text(
        f"The scaler was not fitted on the training rows. Of {quoted(names)}, the centre and spread in use for "
        f'"{one.column}" are {fitted}; the training rows give {training}.',
        f"스케일러를 학습 데이터에 맞추지 않았습니다. {quoted(names)} 가운데 "
        f'"{one.column}" 열에 쓰인 중심과 폭은 {fitted}인데, 학습 데이터로 구하면 {training}입니다.',
    )
    return Wording(Text("Scaled by other rows", "다른 행으로 스케일링"), message, _FIX, (_CAUSE,))


def _words_pass(one: ScalerFacts, n: int) -> Wording:
    message = Text(
        f'The scaler knows the training rows alone. Of {n:,} columns, "{one.column}" has the centre and spread '
        f"{_figures(one.fitted)}.",
        f'스케일러가 학습 데이터만 알고 있습니다. {n:,}개의 열 가운데 "{one.column}" 열의 중심과 폭은 '
        f"{_figures(one.fitted)}입니다.",
    )
    return Wording(Text("Scaled by training rows", "학습 데이터로 스케일링"), message)


CHECK = CheckSpec(
    name="scaler_leak",
    ids=("GR-SCALERLEAK",),
    run=_run,
    source="Textbook chapter on time series: scalers fitted on all 253 rows of a share price before the split.",
)
