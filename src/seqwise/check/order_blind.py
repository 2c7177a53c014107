"""GR-ORDER: what shuffling changes comes in; says when a model cannot see, or does not use, the order of the steps."""

from math import isfinite

from seqwise.check.contract import CheckSpec
from seqwise.check.words import Text, Voice, Wording, number
from seqwise.records import Evidence, Finding
from seqwise.series_evidence import OrderFacts

# Of the size of the outputs. float32 leaves 1e-7 to 1e-5 where nothing sees the order; positions, windows and
# recurrent layers move outputs by 1e-2 and more, also before training.
BLIND = 1e-4

_CAUSES = (
    Text(
        "Position embeddings are switched off, and self-attention alone is equivariant under permutation.",
        "위치 임베딩을 껐습니다. 셀프 어텐션만으로는 순서를 바꿔도 결과가 같습니다.",
    ),
    Text("The states are averaged without a layer that sees neighbours.", "이웃을 보는 층 없이 상태를 평균합니다."),
)
_FIX = Text(
    'Set encoder.positions = "learned", "sinusoidal" or "rotary", or take encoder.name = "recurrent" or "window".',
    'encoder.positions를 "learned", "sinusoidal", "rotary" 중 하나로 두거나 encoder.name = "recurrent" 또는 '
    '"window"를 쓰세요.',
)
_FIX_UNUSED = Text(
    "Compare with a model without positions: if it is as good, the task does not need them.",
    "위치가 없는 모델과 견주어 보세요. 점수가 같으면 이 과제에는 순서가 필요 없습니다.",
)


def _run(evidence: Evidence) -> list[Finding]:
    facts = None if evidence.series is None else evidence.series.order
    if facts is None or not isfinite(facts.error) or not isfinite(facts.scale) or facts.scale <= 0:
        return []
    voice = Voice("order_blind", "GR-ORDER", evidence.language)
    numbers = {"error": facts.error, "scale": facts.scale, "ratio": facts.error / facts.scale}
    if facts.error <= BLIND * facts.scale:
        return [voice.say("warning", _words_blind(facts), numbers=numbers)]
    if facts.score is None or not all(map(isfinite, (facts.score, *facts.shuffled))) or not facts.shuffled:
        return [voice.say("pass", _words_pass(facts), numbers=numbers)]
    numbers |= {"metric": facts.metric, "score": facts.score, "shuffled": list(facts.shuffled)}
    if min(facts.shuffled) <= facts.score <= max(facts.shuffled):
        return [voice.say("info", _words_unused(facts, facts.score), numbers=numbers)]
    return [voice.say("pass", _words_pass(facts), numbers=numbers)]


def _words_blind(facts: OrderFacts) -> Wording:
    error, scale = number(facts.error), number(facts.scale)
    message = Text(
        f"The model cannot see the order of the steps. With shuffled inputs no output moves by more than {error}, and "
        f"the outputs have the size {scale}.",
        f"모델이 단계의 순서를 보지 못합니다. 입력을 섞어도 어떤 출력도 {error}보다 크게 움직이지 않는데, 출력의 "
        f"크기는 {scale}입니다.",
    )
    return Wording(Text("Blind to order", "순서를 보지 못함"), message, _FIX, _CAUSES)


def _words_unused(facts: OrderFacts, score: float) -> Wording:
    low, high, told = number(min(facts.shuffled)), number(max(facts.shuffled)), number(score)
    message = Text(
        f"The model sees the order of the steps, and its score does not show it. {facts.metric} is {told}, and with "
        f"shuffled inputs {low} to {high}.",
        f"모델이 단계의 순서를 보지만 점수에는 드러나지 않습니다. {facts.metric} 값은 {told}이고, 입력을 섞으면 "
        f"{low}에서 {high}입니다.",
    )
    return Wording(Text("Order does not show in the score", "순서가 점수에 드러나지 않음"), message, _FIX_UNUSED)


def _words_pass(facts: OrderFacts) -> Wording:
    ratio = number(facts.error / facts.scale)
    message = Text(
        f"The model sees the order of the steps. Shuffling moves an output by up to {ratio} times the outputs' size.",
        f"모델이 단계의 순서를 봅니다. 입력을 섞으면 출력이 그 크기의 최대 {ratio}배만큼 움직입니다.",
    )
    return Wording(Text("Order is seen", "순서를 봄"), message)


CHECK = CheckSpec(
    name="order_blind",
    ids=("GR-ORDER",),
    run=_run,
    source="Roster forecast with BERT (2022): position embeddings left out, so the order of the days was not seen.",
)
