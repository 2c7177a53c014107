"""GR-INIT: one batch before the first update comes in; says when the loss or the layers begin where they should not."""

from math import isfinite

from seqwise.check.contract import CheckSpec
from seqwise.check.words import Text, Voice, Wording, number
from seqwise.gradient_evidence import LayerSpread, StartFacts
from seqwise.records import Evidence, Finding

# Logits with a standard deviation of s lift the loss above ln K by about s² / 2: by half of ln 2 for s = 0.8, more
# than small first weights give. Less than half of ln K is known by a network that was trained, or is told.
OFF = 0.5
# From one layer to another of one network, before training; sound ones stay within two powers of ten.
SPREAD = 1e3

_LOSS_CAUSES = (
    Text("The first weights of the head are too large.", "출력층의 초기 가중치가 너무 큽니다."),
    Text("The logits are scaled, or softmax is taken twice.", "로짓에 배율이 곱해졌거나 softmax를 두 번 씌웠습니다."),
    Text("The labels can be seen in the input.", "입력에 레이블이 보입니다."),
)
_SPREAD_CAUSES = (
    Text("The first weights do not fit the width of their layers.", "초기 가중치가 층의 너비에 맞지 않습니다."),
    Text("An input has another scale than the others.", "어떤 입력의 크기가 다른 것과 다릅니다."),
)
_FIX = Text(
    'Set encoder.initialisation = "xavier" (tanh), "kaiming" (ReLU) or "orthogonal" (recurrent), and scale inputs.',
    'encoder.initialisation을 "xavier"(tanh), "kaiming"(ReLU), "orthogonal"(순환) 중 하나로 두고 입력의 크기를 '
    "맞추세요.",
)


def _run(evidence: Evidence) -> list[Finding]:
    facts = None if evidence.gradients is None else evidence.gradients.start
    if facts is None:
        return []
    voice = Voice("initial_state", "GR-INIT", evidence.language)
    numbers = {
        "loss": facts.loss if isfinite(facts.loss) else None,
        "chance": facts.chance,
        "layers": {layer.name: [layer.activation, layer.gradient] for layer in facts.layers if _is_finite(layer)},
    }
    found: list[Finding] = []
    if not isfinite(facts.loss) or (facts.chance and abs(facts.loss / facts.chance - 1) > OFF):
        found.append(voice.say("warning", _words_loss(facts), numbers=numbers))
    spread = _spread(facts)
    if spread is not None and not spread[2] <= SPREAD:
        found.append(voice.say("warning", _words_spread(*spread), numbers=numbers))
    return found or [voice.say("pass", _words_pass(facts), numbers=numbers)]


def _is_finite(layer: LayerSpread) -> bool:
    return isfinite(layer.activation) and isfinite(layer.gradient)


def _spread(facts: StartFacts) -> tuple[LayerSpread, LayerSpread, float] | None:
    """The layers whose outputs vary least and most, and by how much more; a layer that is constant is another fault."""
    layers = [layer for layer in facts.layers if layer.activation > 0 or layer.activation != layer.activation]
    if not layers:
        return None
    low, high = min(layers, key=lambda one: one.activation), max(layers, key=lambda one: one.activation)
    return low, high, high.activation / low.activation


def _words_loss(facts: StartFacts) -> Wording:
    loss, chance = number(facts.loss), number(facts.chance or 0.0)
    message = Text(
        f"Before the first update the loss of a batch is {loss}; equal probabilities give {chance}.",
        f"첫 갱신 전에 배치의 손실이 {loss}입니다. 모든 확률이 같으면 {chance}입니다.",
    )
    return Wording(
        Text("The first loss is not that of chance", "첫 손실이 우연의 값과 다름"), message, _FIX, _LOSS_CAUSES
    )


def _words_spread(low: LayerSpread, high: LayerSpread, ratio: float) -> Wording:
    least, most, times = number(low.activation), number(high.activation), number(ratio)
    message = Text(
        f"Before the first update the outputs of {low.name} have a standard deviation of {least}, those of {high.name} "
        f"of {most}: {times} times as much.",
        f"첫 갱신 전에 {low.name} 출력의 표준편차는 {least}, {high.name} 출력의 표준편차는 {most}로 {times}배입니다.",
    )
    title = Text("Layers begin at different scales", "층마다 시작 크기가 다름")
    return Wording(title, message, _FIX, _SPREAD_CAUSES)


def _words_pass(facts: StartFacts) -> Wording:
    loss, n = number(facts.loss), number(len(facts.layers))
    message = Text(
        f"Before the first update the loss of a batch is {loss}, and the outputs of {n} layers are of like size.",
        f"첫 갱신 전에 배치의 손실은 {loss}이고, {n}개 층의 출력 크기가 비슷합니다.",
    )
    return Wording(Text("A sound start", "시작이 정상"), message)


CHECK = CheckSpec(
    name="initial_state",
    ids=("GR-INIT",),
    run=_run,
    source="Glorot and Bengio 2010, https://proceedings.mlr.press/v9/glorot10a.html, figures 6 and 7.",
)
