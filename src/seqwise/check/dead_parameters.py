"""GR-DEADPARAM, GR-NOOP: one backward pass comes in; says which parameters it never reaches, and what nothing uses."""

from seqwise.check.contract import CheckSpec
from seqwise.check.words import Text, Voice, Wording, number, quoted
from seqwise.gradient_evidence import StartFacts
from seqwise.records import Evidence, Finding

_DEAD_CAUSES = (
    Text("The module is built and never called.", "모듈을 만들고 부르지 않습니다."),
    Text(
        "Its result is detached, or computed without gradients.", "결과를 떼어 냈거나(detach) 기울기 없이 계산합니다."
    ),
)
_DEAD_FIX = Text(
    "Use what the module gives, or remove it: an optimizer moves such weights by their decay alone.",
    "모듈의 결과를 쓰거나 모듈을 없애세요. 그런 가중치는 감쇠만으로 움직입니다.",
)
_FROZEN_FIX = Text(
    'Set requires_grad for them, or say in the settings what shall stay: training.freeze = "embeddings", "layers" or '
    '"all".',
    'requires_grad를 켜거나, 고정할 것을 training.freeze = "embeddings", "layers", "all"로 밝히세요.',
)
_NOOP_CAUSES = (
    Text(
        "The result is not bound: self.dropout(h) in place of h = self.dropout(h).",
        "결과를 받지 않습니다. h = self.dropout(h)가 아니라 self.dropout(h)입니다.",
    ),
)
_NOOP_FIX = Text("Bind the result to the name that goes on.", "결과를 이어지는 이름에 담으세요.")


def _run(evidence: Evidence) -> list[Finding]:
    facts = None if evidence.gradients is None else evidence.gradients.start
    if facts is None:
        return []
    dead = Voice("dead_parameters", "GR-DEADPARAM", evidence.language)
    unused = Voice("dead_parameters", "GR-NOOP", evidence.language)
    numbers = {"n_parameters": facts.n_parameters, "without_gradient": list(facts.without_gradient)}
    found: list[Finding] = []
    if facts.without_gradient:
        found.append(dead.say("warning", _words_dead(facts), numbers=numbers))
    if facts.frozen and not facts.meant_frozen:
        found.append(dead.say("warning", _words_frozen(facts), numbers={**numbers, "frozen": list(facts.frozen)}))
    if not found:
        found.append(dead.say("pass", _words_alive(facts), numbers=numbers))
    level, words = ("warning", _words_unused(facts)) if facts.discarded else ("pass", _words_used(facts))
    return [*found, unused.say(level, words, numbers={"discarded": list(facts.discarded)})]


def _words_dead(facts: StartFacts) -> Wording:
    n, of, names = number(len(facts.without_gradient)), number(facts.n_parameters), quoted(facts.without_gradient)
    message = Text(
        f"After one backward pass {n} of {of} parameters have no gradient: {names}.",
        f"역전파를 한 번 해도 파라미터 {of}개 중 {n}개에 기울기가 없습니다: {names}.",
    )
    return Wording(Text("Parameters that learn nothing", "배우지 않는 파라미터"), message, _DEAD_FIX, _DEAD_CAUSES)


def _words_frozen(facts: StartFacts) -> Wording:
    n, of, names = number(len(facts.frozen)), number(facts.n_parameters), quoted(facts.frozen)
    message = Text(
        f"{n} of {of} parameters are frozen, and no setting asks for it: {names}.",
        f"파라미터 {of}개 중 {n}개가 고정되어 있는데, 그러라는 설정이 없습니다: {names}.",
    )
    return Wording(Text("Frozen by accident", "뜻하지 않게 고정됨"), message, _FROZEN_FIX)


def _words_alive(facts: StartFacts) -> Wording:
    n = number(facts.n_parameters - len(facts.frozen))
    message = Text(
        f"One backward pass reaches all {n} parameters that are trained.",
        f"역전파 한 번이 학습되는 파라미터 {n}개 모두에 닿습니다.",
    )
    return Wording(Text("All parameters learn", "모든 파라미터가 배움"), message)


def _words_unused(facts: StartFacts) -> Wording:
    n, names = number(len(facts.discarded)), quoted(facts.discarded)
    message = Text(
        f"The results of {n} modules are computed, and nothing uses them: {names}.",
        f"모듈 {n}개의 결과를 계산하고 아무 데도 쓰지 않습니다: {names}.",
    )
    return Wording(Text("Results that nothing uses", "쓰이지 않는 결과"), message, _NOOP_FIX, _NOOP_CAUSES)


def _words_used(facts: StartFacts) -> Wording:
    n = number(facts.n_parameters)
    message = Text(
        f"Of the modules that hold {n} parameters none has a result that nothing uses.",
        f"파라미터 {n}개를 가진 모듈 가운데 결과가 버려지는 것이 없습니다.",
    )
    return Wording(Text("All results are used", "모든 결과가 쓰임"), message)


CHECK = CheckSpec(
    name="dead_parameters",
    ids=("GR-DEADPARAM", "GR-NOOP"),
    run=_run,
    source="IMDB with an RNN (2022): the result of self.dropout(h_t) was discarded.",
)
