"""GR-COLLAPSE: predictions in; says when one class, or one output, answers every row."""

from dataclasses import dataclass

import numpy as np

from seqwise.check.contract import CheckSpec
from seqwise.check.scored import Scored, entropy, is_finite_table, is_skilful, label_name, scored
from seqwise.check.words import Text, Voice, Wording, called, number, share, split_name
from seqwise.records import Array, Evidence, Finding, Level

# Outputs of one network on different rows differ by more than this unless they do not look at the row at all;
# bfloat16 alone moves a probability by up to 4e-3, but by the same amount for the same logits.
CONSTANT_RANGE = 1e-3
# A column that moves by less than two points over all rows says next to nothing about the row.
NEARLY_CONSTANT_RANGE = 0.02
NEARLY_CONSTANT_ROWS = 20
# Fewer rows than these agree by accident: with 5 rows that are not of the majority, a model that finds half of them
# misses all in 3 % of cases.
FEWEST_ROWS = 8
FEWEST_MINORITY = 5
# Where one label stands on more than four rows of five, an honest model that is seldom sure answers it every time: it
# then takes this many other rows, and no sign of skill in the probabilities, to speak up.
UNBALANCED = 0.8
UNBALANCED_WARNING, UNBALANCED_ERROR = 25, 100
# Answers in one class on nearly all rows, and far fewer kinds of answers than of labels.
NEARLY_ONE_CLASS = 0.98
ENTROPY_RATIO = 0.25
NEARLY_MINORITY = 25
# Without truth a batch of one kind of rows is possible; fifty rows in a row are a sign all the same.
UNKNOWN_TRUTH_ROWS = 50

_CAUSES = (
    Text(
        "The learning rate is too high or too low, so the encoder's states do not depend on the text.",
        "학습률이 너무 높거나 낮아서 인코더의 상태가 글에 따라 달라지지 않습니다.",
    ),
    Text("The labels are far from balanced.", "레이블이 한쪽으로 크게 치우쳐 있습니다."),
    Text("Text and labels do not belong together (columns shuffled).", "글과 레이블이 서로 맞지 않습니다(열이 섞임)."),
)
_FIX = Text(
    'Change training.learning_rate by a factor of ten each way, set training.class_weights = "balanced", and look at '
    "ten training rows with their labels.",
    'training.learning_rate를 열 배씩 위아래로 바꿔 보고, training.class_weights = "balanced"로 두고, 학습 데이터 '
    "열 개를 레이블과 함께 살펴보세요.",
)


@dataclass(frozen=True)
class _Facts:
    """What one split's outputs look like."""

    split: str
    n: int
    top: str
    n_top: int
    widest: float
    predicted_entropy: float
    n_distinct_texts: int
    judged: Scored | None

    @property
    def is_skilful(self) -> bool:
        return self.judged is not None and is_skilful(self.judged)

    def numbers(self) -> dict[str, object]:
        told: dict[str, object] = {
            "split": self.split,
            "n": self.n,
            "top_label": self.top,
            "n_top": self.n_top,
            "predicted_entropy": self.predicted_entropy,
            "widest_range": self.widest,
        }
        if self.judged is None:
            return told
        one = self.judged
        return told | {
            "n_right": one.n_right,
            "majority_label": label_name(one.labels, one.majority),
            "n_majority": one.n_majority,
            "label_entropy": one.label_entropy(),
        }


def _run(evidence: Evidence) -> list[Finding]:
    voice = Voice("collapse", "GR-COLLAPSE", evidence.language)
    seen = [
        _facts(evidence, split) for split, one in evidence.predictions.items() if is_finite_table(one.probabilities)
    ]
    faults = [(facts, *fault) for facts in seen if (fault := _fault(facts)) is not None]
    if faults:
        return [voice.say(level, wording, numbers=facts.numbers()) for facts, level, wording in faults]
    numbers = {facts.split: facts.numbers() for facts in seen}
    return [voice.say("pass", _words_pass(seen), numbers=numbers)] if seen else []


def _facts(evidence: Evidence, split: str) -> _Facts:
    predictions = evidence.predictions[split]
    counts = np.bincount(predictions.predicted, minlength=predictions.probabilities.shape[1])
    return _Facts(
        split=split,
        n=len(predictions.probabilities),
        top=label_name(predictions.labels, int(counts.argmax())),
        n_top=int(counts.max()),
        widest=_widest(predictions.probabilities),
        predicted_entropy=entropy(counts),
        n_distinct_texts=_distinct_texts(evidence, split),
        judged=scored(split, predictions),
    )


def _widest(outputs: Array) -> float:
    """The largest difference that any column shows between two rows."""
    return float((outputs.max(axis=0) - outputs.min(axis=0)).max())


def _distinct_texts(evidence: Evidence, split: str) -> int:
    """Different texts behind the outputs; as many as rows when the texts are not at hand."""
    rows = evidence.rows.get(split)
    return len(evidence.predictions[split].probabilities) if rows is None else len(set(rows.texts))


def _fault(facts: _Facts) -> tuple[Level, Wording] | None:
    if facts.n_distinct_texts < 2:
        return None
    if facts.widest < CONSTANT_RANGE and not facts.is_skilful:
        return ("error" if facts.n >= FEWEST_ROWS else "info"), _words_constant(facts)
    if facts.n_top == facts.n:
        return _one_class(facts)
    if facts.is_skilful or facts.n < NEARLY_CONSTANT_ROWS:
        return None
    if facts.widest < NEARLY_CONSTANT_RANGE:
        return "warning", _words_constant(facts)
    return ("warning", _words_nearly(facts)) if _is_nearly_one_class(facts) else None


def _one_class(facts: _Facts) -> tuple[Level, Wording] | None:
    judged = facts.judged
    if judged is None:
        return ("warning", _words_unknown_truth(facts)) if facts.n >= UNKNOWN_TRUTH_ROWS else None
    if judged.n_minority == 0:
        return None
    if facts.is_skilful:
        return "info", _words_threshold(facts, judged)
    return _one_class_level(judged), _words_one_class(facts, judged)


def _one_class_level(judged: Scored) -> Level:
    if judged.n_majority <= UNBALANCED * judged.n:
        return "error" if judged.n_minority >= FEWEST_MINORITY else "info"
    if judged.n_minority >= UNBALANCED_ERROR:
        return "error"
    return "warning" if judged.n_minority >= UNBALANCED_WARNING else "info"


def _is_nearly_one_class(facts: _Facts) -> bool:
    judged = facts.judged
    if judged is None or judged.n_minority < NEARLY_MINORITY:
        return False
    return (
        facts.n_top >= NEARLY_ONE_CLASS * facts.n and facts.predicted_entropy < ENTROPY_RATIO * judged.label_entropy()
    )


def _words_one_class(facts: _Facts, judged: Scored) -> Wording:
    split, n, right = split_name(facts.split), f"{facts.n:,}", f"{judged.n_right:,}"
    part = share(judged.n_right, facts.n)
    is_majority = judged.n_right == judged.n_majority
    english = "exactly what" if is_majority else "which is what"
    message = Text(
        f'The model is right on {right} of {n} {split.en} rows ({part}), {english} always answering "{facts.top}" '
        f"gives. "
        f"It gave this one answer {n} times, while the most frequent true label stands on {judged.n_majority:,} rows.",
        f"모델이 {split.ko} 데이터 {n}개 중 {right}개({part})를 맞혔는데, 이는 항상 {called(facts.top)} 답하는 것과 "
        f"같습니다. {n}번 모두 이 한 가지로 답했고, 가장 흔한 참 레이블은 {judged.n_majority:,}개입니다.",
    )
    return Wording(Text("One answer for every row", "모든 행에 같은 답"), message, _FIX, _CAUSES)


def _words_constant(facts: _Facts) -> Wording:
    split, widest, n = split_name(facts.split), number(facts.widest), f"{facts.n:,}"
    message = Text(
        f"The model gives (nearly) the same probabilities whatever the text. Over {n} {split.en} rows no probability "
        f'moves by more than {widest}, and "{facts.top}" is the answer on {facts.n_top:,}.',
        f"모델은 글이 달라도 (거의) 같은 확률을 냅니다. {split.ko} 데이터 {n}개에서 어떤 확률도 {widest}보다 크게 "
        f'움직이지 않으며, {facts.n_top:,}개에서 답이 "{facts.top}"입니다.',
    )
    return Wording(
        Text("The output does not depend on the text", "출력이 글에 따라 달라지지 않음"), message, _FIX, _CAUSES
    )


def _words_nearly(facts: _Facts) -> Wording:
    split, part = split_name(facts.split), share(facts.n_top, facts.n)
    message = Text(
        f'The model answers "{facts.top}" almost always, and its other answers know nothing. On {facts.n:,} {split.en} '
        f"rows it does so {facts.n_top:,} times ({part}).",
        f'모델은 거의 언제나 "{facts.top}"만 답하고, 나머지 답에도 아는 것이 없습니다. {split.ko} 데이터 {facts.n:,}개 '
        f"중 {facts.n_top:,}개({part})가 그렇습니다.",
    )
    return Wording(Text("Nearly one answer for every row", "거의 모든 행에 같은 답"), message, _FIX, _CAUSES)


def _words_unknown_truth(facts: _Facts) -> Wording:
    split = split_name(facts.split)
    message = Text(
        f'All {facts.n:,} {split.en} rows get the same answer, "{facts.top}". There is no truth to judge it by.',
        f'{split.ko} 데이터 {facts.n:,}개가 모두 같은 답 "{facts.top}"을(를) 받았습니다. 견줄 참값은 없습니다.',
    )
    return Wording(Text("One answer for every row", "모든 행에 같은 답"), message, _FIX, _CAUSES)


def _words_threshold(facts: _Facts, judged: Scored) -> Wording:
    split, rare = split_name(facts.split), f"{judged.n_minority:,}"
    message = Text(
        f'The model always answers "{facts.top}", though its probabilities do tell rows apart. {rare} of {facts.n:,} '
        f"{split.en} rows carry another label, and none gets it.",
        f"모델은 항상 {called(facts.top)} 답하지만, 확률은 행을 가려내고 있습니다. {split.ko} 데이터 {facts.n:,}개 중 "
        f"{rare}개는 다른 레이블인데 하나도 그 답을 받지 못했습니다.",
    )
    fix = Text(
        'Use the probabilities, or set training.class_weights = "balanced" if the rare labels matter more.',
        '확률을 그대로 쓰거나, 드문 레이블이 중요하면 training.class_weights = "balanced"로 두세요.',
    )
    return Wording(Text("Rare labels are never the answer", "드문 레이블은 답이 되지 못함"), message, fix)


def _words_pass(seen: list[_Facts]) -> Wording:
    widest = max(seen, key=lambda facts: facts.n)
    split, top = split_name(widest.split), share(widest.n_top, widest.n)
    message = Text(
        f"Nothing says that the output ignores the text. On {widest.n:,} {split.en} rows the most frequent answer, "
        f'"{widest.top}", '
        f"takes {top}.",
        f'출력이 글을 무시한다는 징후가 없습니다. {split.ko} 데이터 {widest.n:,}개에서 가장 잦은 답 "{widest.top}"의 '
        f"비율은 "
        f"{top}입니다.",
    )
    return Wording(Text("No collapse", "붕괴 없음"), message)


CHECK = CheckSpec(
    name="collapse",
    ids=("GR-COLLAPSE",),
    run=_run,
    source="Roster forecast with BERT and an LSTM (2022): 9 of 21 right, and 9 of the 21 labels were Off.",
)
