"""GR-OVERCONF: a fitted temperature in, or predictions to fit one on; says when the probabilities are too sure.

Guo, Pleiss, Sun and Weinberger 2017, "On calibration of modern neural networks" (ICML), section 4.2: dividing the
logits by one number T, fitted on held-out rows, mends most of it.
"""

from dataclasses import dataclass

import numpy as np

from seqwise.check.contract import CheckSpec
from seqwise.check.scored import CLIP, Scored, main_split, scored_splits
from seqwise.check.words import NO_TEXT, Text, Voice, Wording, number, share, split_name
from seqwise.records import Evidence, Finding, Level

# Fine-tuned networks commonly come out between 1.1 and 1.8; at 2 a stated 0.95 means 0.81.
HIGH = 2.0
NOTED = 1.3
# The mend must be worth it: a tenth of the log loss, or a fiftieth to be told at all.
GAIN_WARNING = 0.10
GAIN_INFO = 0.02
# A temperature fitted on fewer rows is noise.
FEWEST_ROWS = 200
# Enough to fit one number; more rows only cost time.
MOST_ROWS = 20_000
# Nothing sensible is hotter than this or colder than one over it; a temperature is told with two or three digits.
HOTTEST, FINE = 20.0, 0.002
# The stored predictions already carry the temperature when their loss is the loss after it.
APPLIED = 1e-3

_CAUSES = (
    Text("Too many epochs after the validation loss was lowest.", "검증 손실이 가장 낮은 뒤에도 에폭을 더 돌렸습니다."),
    Text("Too little dropout or weight decay for this many rows.", "행 수에 비해 드롭아웃이나 가중치 감쇠가 적습니다."),
)


@dataclass(frozen=True)
class _Heat:
    """A temperature and what it does to the log loss of a split."""

    split: str
    temperature: float
    before: float
    after: float
    n_fitted_on: int
    is_applied: bool

    @property
    def gain(self) -> float:
        """Fall of the log loss as a share of what it was."""
        return (self.before - self.after) / self.before if self.before > 0 else 0.0

    @property
    def level(self) -> Level:
        if self.temperature >= HIGH and self.gain >= GAIN_WARNING and not self.is_applied:
            return "warning"
        is_off = self.temperature >= NOTED or self.temperature <= 1 / NOTED
        return "info" if is_off and self.gain >= GAIN_INFO else "pass"

    def numbers(self) -> dict[str, object]:
        return {
            "split": self.split,
            "temperature": self.temperature,
            "log_loss_before": self.before,
            "log_loss_after": self.after,
            "gain": self.gain,
            "n_fitted_on": self.n_fitted_on,
            "is_applied": self.is_applied,
        }


def _run(evidence: Evidence) -> list[Finding]:
    heat = _given(evidence) or _fitted(evidence)
    if heat is None:
        return []
    voice = Voice("overconfidence", "GR-OVERCONF", evidence.language)
    return [voice.say(heat.level, _words(heat), numbers=heat.numbers())]


def _given(evidence: Evidence) -> _Heat | None:
    """The temperature of the run, on the split that carries the claim."""
    given = {one.split: one for one in evidence.calibration}
    split = main_split(given)
    if split is None:
        return None
    one = given[split]
    figures = (one.temperature, one.log_loss_before, one.log_loss_after)
    if not np.isfinite(figures).all() or one.temperature <= 0:
        return None
    stored = next((rows for rows in scored_splits(evidence) if rows.split == split and rows.are_probabilities), None)
    is_applied = stored is not None and abs(float(stored.row_losses().mean()) - one.log_loss_after) < APPLIED
    return _Heat(
        split=split,
        temperature=one.temperature,
        before=one.log_loss_before,
        after=one.log_loss_after,
        n_fitted_on=one.n_fitted_on,
        is_applied=is_applied,
    )


def _fitted(evidence: Evidence) -> _Heat | None:
    """A temperature fitted here on the rows themselves: one number, so the gain is flattered by next to nothing."""
    if evidence.calibration:
        return None
    judged = {rows.split: rows for rows in scored_splits(evidence) if rows.are_probabilities and rows.n >= FEWEST_ROWS}
    split = main_split(judged)
    if split is None:
        return None
    temperature, before, after = fit_temperature(judged[split])
    n = min(judged[split].n, MOST_ROWS)
    return _Heat(split, temperature=temperature, before=before, after=after, n_fitted_on=n, is_applied=False)


def fit_temperature(rows: Scored) -> tuple[float, float, float]:
    """The temperature with the smallest log loss, and the loss before and after.

    The log loss is convex in 1/T, so a search by thirds of its logarithm finds the one minimum.
    """
    step = max(rows.n // MOST_ROWS, 1)
    logs = np.log(np.clip(rows.outputs[::step], CLIP, 1.0))
    truth = rows.truth[::step]
    own = logs[np.arange(len(truth)), truth]

    def loss(sharpness: float) -> float:
        scaled = logs * sharpness
        top = scaled.max(axis=1)
        return float((top + np.log(np.exp(scaled - top[:, None]).sum(axis=1)) - own * sharpness).mean())

    low, high = -float(np.log(HOTTEST)), float(np.log(HOTTEST))
    while high - low > FINE:
        third = (high - low) / 3
        is_left = loss(float(np.exp(low + third))) < loss(float(np.exp(high - third)))
        low, high = (low, high - third) if is_left else (low + third, high)
    sharpness = float(np.exp((low + high) / 2))
    return 1 / sharpness, loss(1.0), loss(sharpness)


def _words(heat: _Heat) -> Wording:
    is_sure = heat.temperature > 1
    if heat.level == "pass":
        meaning = Text("The probabilities mean what they say.", "확률이 말하는 만큼 믿을 만합니다.")
    elif is_sure:
        meaning = Text("The model is surer than it is right.", "모델이 맞히는 것보다 더 확신합니다.")
    else:
        meaning = Text("The model is right more often than it says.", "모델이 말하는 것보다 더 자주 맞힙니다.")
    split, gain = split_name(heat.split), share(heat.gain, 1)
    before, after, temperature = number(heat.before), number(heat.after), number(heat.temperature)
    message = Text(
        f"{meaning.en} Dividing the logits by {temperature} changes the log loss on {split.en} rows from {before} to "
        f"{after} "
        f"({gain} less).",
        f"{meaning.ko} 로짓을 {temperature}(으)로 나누면 {split.ko} 데이터의 로그 손실이 {before}에서 {after}(으)로 "
        f"바뀝니다({gain} 감소).",
    )
    title = {
        "warning": Text("Too sure", "지나친 확신"),
        "info": Text("Temperature is not 1", "온도가 1이 아님"),
        "pass": Text("Calibrated", "보정되어 있음"),
    }[str(heat.level)]
    fix = Text(
        "Set evaluate.temperature = true; train shorter (training.patience) or with more head.dropout.",
        "evaluate.temperature = true로 두고, 학습을 줄이거나(training.patience) head.dropout을 높이세요.",
    )
    if heat.is_applied:
        fix = Text(
            "Nothing to do: the temperature is in the predictions.", "할 일이 없습니다. 예측에 온도가 들어 있습니다."
        )
    return Wording(title, message, NO_TEXT if heat.level == "pass" else fix, _CAUSES if heat.level == "warning" else ())


CHECK = CheckSpec(
    name="overconfidence",
    ids=("GR-OVERCONF",),
    run=_run,
    source="Guo et al. 2017; author identification with a small BERT: the final score is that of confident mistakes.",
)
