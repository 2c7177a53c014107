"""GR-DOUBLEACT: predictions in; says when they bear the mark of a softmax applied to probabilities.

If p = softmax(q) and q is itself a distribution over K labels, then log p_i - log p_j = q_i - q_j. So q can be
recovered, q_i = log p_i - mean(log p) + 1/K, every q_i lies in [0, 1], and no p exceeds e / (e + K - 1). Any healthy
model that is sure of one row breaks this. A model that is unsure of every row does not, so the smallest q_i must also
pile up at 0, where a first softmax has put it, and nothing of it may fall below.
"""

from dataclasses import dataclass

import numpy as np

from seqwise.check.contract import CheckSpec
from seqwise.check.scored import Scored, is_probability_table, mean_z, scored
from seqwise.check.words import Text, Voice, Wording, number, share, split_name
from seqwise.records import Array, Evidence, Finding, Level, Predictions

# A pattern over fewer rows is an accident.
FEWEST_ROWS = 20
FEWEST_ROWS_WITHOUT_TRUTH = 50
# K * min(q) is 1 for a uniform q and 0 for a label that is ruled out. The slack covers four decimals in a file with 26
# labels: an error of 5e-5 on p = 0.037 moves log p by 1.4e-3, times 26.
SLACK = 0.05
AT_FLOOR = 0.10
# Where a first softmax has ruled labels out, rows pile up at the floor; a plain model's rows thin out towards it.
FLOOR_SHARE = 0.05
# A first softmax that is sure: q_max above 0.99 on so many rows is a wall, not a tail.
SATURATED = 0.99
SATURATED_SHARE = 0.30
# From three labels on, a row at the floor is a wall of its own: q is then ruled out for one label and never for less.
# A constant answer may stand there by accident, so q must move over half of its range.
WALL_SHARE, WALL_RANGE, WALL_LABELS = 0.50, 0.50, 3
# Right far more often than the probabilities say, in standard errors and in points.
UNDERCONFIDENT_Z = 3.0
UNDERCONFIDENT = 0.05

_FIX = Text(
    "Remove one of the two: feed the loss with logits, and take one softmax when predicting.",
    "둘 중 하나를 빼세요. 손실에는 로짓을 넣고, 예측할 때 소프트맥스를 한 번만 취하세요.",
)
_CAUSES = (
    Text(
        "The model ends in a softmax and the loss applies another.",
        "모델이 소프트맥스로 끝나는데 손실이 또 적용합니다.",
    ),
    Text("Probabilities were passed on as if they were logits.", "확률을 로짓인 것처럼 넘겼습니다."),
)


@dataclass(frozen=True)
class _Mark:
    """What the recovered inner distribution looks like."""

    split: str
    n: int
    n_labels: int
    highest: float
    n_saturated: int
    is_wall: bool
    judged: Scored | None

    @property
    def ceiling(self) -> float:
        return ceiling(self.n_labels)

    @property
    def level(self) -> Level:
        """Error when the truth convicts too; a warning when the wall is all there is."""
        if self.judged is not None and _is_underconfident(self.judged):
            return "error"
        return "warning" if self.is_wall and self.n >= FEWEST_ROWS_WITHOUT_TRUTH else "pass"

    def numbers(self) -> dict[str, object]:
        told: dict[str, object] = {
            "split": self.split,
            "n": self.n,
            "highest": self.highest,
            "ceiling": self.ceiling,
            "n_saturated": self.n_saturated,
            "loss_floor": loss_floor(self.n_labels),
        }
        if self.judged is None:
            return told
        return told | {"n_right": self.judged.n_right, "log_loss": float(self.judged.row_losses().mean())}


def ceiling(n_labels: int) -> float:
    """The largest probability that a second softmax can give.

    Example:
        >>> round(ceiling(2), 4)
        0.7311
    """
    return float(np.e / (np.e + n_labels - 1))


def loss_floor(n_labels: int) -> float:
    """The smallest log loss that a second softmax allows.

    Example:
        >>> round(loss_floor(2), 4), round(loss_floor(3), 4)
        (0.3133, 0.5514)
    """
    return float(-np.log(ceiling(n_labels)))


def inner_distribution(probabilities: Array, temperature: float = 1.0) -> Array:
    """The q whose softmax, divided by ``temperature``, gives these rows (row, label); each row sums to 1."""
    logs = np.log(probabilities) * temperature
    return logs - logs.mean(axis=1, keepdims=True) + 1.0 / probabilities.shape[1]


def _run(evidence: Evidence) -> list[Finding]:
    tables = {
        split: one
        for split, one in evidence.predictions.items()
        if len(one.probabilities) >= FEWEST_ROWS and is_probability_table(one.probabilities)
    }
    if not tables:
        return []
    voice = Voice("double_activation", "GR-DOUBLEACT", evidence.language)
    temperatures = {1.0, *(one.temperature for one in evidence.calibration if np.isfinite(one.temperature))}
    marks = [_mark(split, one, sorted(t for t in temperatures if t > 0)) for split, one in tables.items()]
    found = [mark for mark in marks if mark is not None and mark.level != "pass"]
    if found:
        return [voice.say(mark.level, _words(mark), numbers=mark.numbers()) for mark in found]
    highest = {split: float(one.probabilities.max()) for split, one in tables.items()}
    return [voice.say("pass", _words_pass(tables), numbers={"highest": highest})]


def _mark(split: str, predictions: Predictions, temperatures: list[float]) -> _Mark | None:
    """The mark, whether or not a fitted temperature has been laid over the second softmax."""
    table = predictions.probabilities
    if table.min() <= 0:
        return None
    inner = next((q for t in temperatures if _bears_mark(q := inner_distribution(table, t))), None)
    if inner is None:
        return None
    return _Mark(
        split=split,
        n=len(table),
        n_labels=table.shape[1],
        highest=float(table.max()),
        n_saturated=_n_saturated(inner),
        is_wall=_is_wall(inner),
        judged=scored(split, predictions),
    )


def _bears_mark(inner: Array) -> bool:
    """Every row is a distribution, and the smallest entries pile up at 0."""
    lowest = inner.min(axis=1) * inner.shape[1]
    if lowest.min() < -SLACK:
        return False
    n_floor, n_above = int((lowest <= AT_FLOOR).sum()), int(((lowest > AT_FLOOR) & (lowest <= 2 * AT_FLOOR)).sum())
    return n_floor >= max(FLOOR_SHARE * len(inner), n_above, 1)


def _n_saturated(inner: Array) -> int:
    return int((inner.max(axis=1) > SATURATED).sum())


def _is_wall(inner: Array) -> bool:
    """Enough rows stand at the end of what two softmaxes can say to convict without a truth."""
    if _n_saturated(inner) >= SATURATED_SHARE * len(inner):
        return True
    n_floor = int((inner.min(axis=1) * inner.shape[1] <= AT_FLOOR).sum())
    moves = float((inner.max(axis=0) - inner.min(axis=0)).max())
    return inner.shape[1] >= WALL_LABELS and n_floor >= WALL_SHARE * len(inner) and moves >= WALL_RANGE


def _is_underconfident(rows: Scored) -> bool:
    gains = (rows.predicted == rows.truth) - rows.outputs.max(axis=1)
    return float(gains.mean()) > UNDERCONFIDENT and mean_z(gains) > UNDERCONFIDENT_Z


def _words(mark: _Mark) -> Wording:
    split, floor = split_name(mark.split), number(loss_floor(mark.n_labels))
    highest, top = number(mark.highest), number(mark.ceiling)
    english = (
        f"The softmax was applied twice, so the model can never be sure. On {mark.n:,} {split.en} rows no "
        f"probability is "
        f"above {highest}; twice the softmax over {mark.n_labels:,} labels cannot pass {top}, nor a log loss of "
        f"{floor}."
    )
    korean = (
        f"소프트맥스를 두 번 적용해서 모델이 결코 확신할 수 없습니다. {split.ko} 데이터 {mark.n:,}개에서 어떤 확률도 "
        f"{highest}을(를) 넘지 않습니다. 레이블 {mark.n_labels:,}개에 두 번 적용하면 {top}을(를) 넘을 수 없고 로그 "
        f"손실은 "
        f"{floor} 아래로 내려가지 못합니다."
    )
    if mark.judged is not None:
        part, loss = share(mark.judged.n_right, mark.n), number(float(mark.judged.row_losses().mean()))
        english += f" It is right on {part}, with a log loss of {loss}."
        korean += f" 정확도는 {part}이고 로그 손실은 {loss}입니다."
    return Wording(Text("Softmax applied twice", "소프트맥스를 두 번 적용"), Text(english, korean), _FIX, _CAUSES)


def _words_pass(tables: dict[str, Predictions]) -> Wording:
    highest = number(max(float(one.probabilities.max()) for one in tables.values()))
    message = Text(
        f"Nothing says that a softmax was applied twice. The highest probability is {highest}.",
        f"소프트맥스를 두 번 적용한 흔적이 없습니다. 가장 높은 확률은 {highest}입니다.",
    )
    return Wording(Text("One softmax", "소프트맥스 한 번"), message)


CHECK = CheckSpec(
    name="double_activation",
    ids=("GR-DOUBLEACT",),
    run=_run,
    source="Textbook chapter: sigmoid into cross_entropy; author identification: softmax after from_logits.",
)
