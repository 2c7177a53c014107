"""GR-OVERFIT1: the end of a training on a few rows comes in; says when they were not learned by heart."""

from math import isfinite

from seqwise.check.contract import CheckSpec
from seqwise.check.words import Text, Voice, Wording, number
from seqwise.gradient_evidence import OverfitFacts
from seqwise.records import Evidence, Finding

# Where numbers are forecast: the share of the first error that may be left.
LEFT = 0.1

_CAUSES = (
    Text(
        "A wrong wiring: the input does not reach the output, or the gradient does not come back.",
        "배선이 잘못되어 입력이 출력에 닿지 않거나 기울기가 되돌아오지 않습니다.",
    ),
    Text(
        "The loss is not that of the outputs, such as a softmax too many.",
        "손실이 출력에 맞지 않습니다(예: softmax 중복).",
    ),
    Text("The learning rate is far too high or too low.", "학습률이 지나치게 높거나 낮습니다."),
    Text("Equal inputs have different labels.", "같은 입력에 다른 레이블이 있습니다."),
)
_FIX = Text(
    "Change training.learning_rate by a factor of ten each way; if no rate learns the rows, look with seqwise "
    "gradcheck and at GR-DEADPARAM and GR-NOOP.",
    "training.learning_rate를 위아래로 열 배씩 바꿔 보세요. 어느 학습률로도 외우지 못하면 seqwise gradcheck와 "
    "GR-DEADPARAM, GR-NOOP를 보세요.",
)


def _run(evidence: Evidence) -> list[Finding]:
    facts = None if evidence.gradients is None else evidence.gradients.overfit
    if facts is None:
        return []
    voice = Voice("overfit_few", "GR-OVERFIT1", evidence.language)
    numbers = {
        "n_rows": facts.n_rows,
        "n_outputs": facts.n_outputs,
        "n_steps": facts.n_steps,
        "first": facts.first if isfinite(facts.first) else None,
        "last": facts.last if isfinite(facts.last) else None,
        "n_right": facts.n_right,
    }
    level, title = ("pass", Text("A few rows are learned by heart", "데이터 몇 개를 외움"))
    if not is_learned(facts):
        level, title = ("error", Text("A few rows are not learned by heart", "데이터 몇 개도 외우지 못함"))
        return [voice.say(level, Wording(title, _told(facts), _FIX, _CAUSES), numbers=numbers)]
    return [voice.say(level, Wording(title, _told(facts)), numbers=numbers)]


def is_learned(facts: OverfitFacts) -> bool:
    """Whether all outputs are right in the end; of numbers, whether little of the error is left."""
    if facts.n_right is not None:
        return facts.n_right == facts.n_outputs
    return facts.last <= LEFT * facts.first


def _told(facts: OverfitFacts) -> Text:
    rows, steps = number(facts.n_rows), number(facts.n_steps)
    first, last = number(facts.first), number(facts.last)
    right, of = number(facts.n_right or 0), number(facts.n_outputs)
    loss = Text(
        f"{rows} rows, {steps} updates: the loss went from {first} to {last}",
        f"데이터 {rows}개, 갱신 {steps}번: 손실이 {first}에서 {last}로 바뀌었습니다",
    )
    if facts.n_right is None:
        return Text(f"{loss.en}.", f"{loss.ko}.")
    return Text(
        f"{loss.en}, and {right} of {of} outputs are right.", f"{loss.ko}. 출력 {of}개 중 {right}개가 맞습니다."
    )


CHECK = CheckSpec(
    name="overfit_few",
    ids=("GR-OVERFIT1",),
    run=_run,
    source="Karpathy 2019, A Recipe for Training Neural Networks, https://karpathy.github.io/2019/04/25/recipe/.",
)
