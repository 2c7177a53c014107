"""GR-VANISH, GR-EXPLODE: gradients by steps back in time come in; says whether they die out, or grow."""

from dataclasses import dataclass
from math import exp, inf, isfinite, log
from typing import Literal

import numpy as np

from seqwise.check.contract import CheckSpec
from seqwise.check.words import NO_TEXT, Text, Voice, Wording, number, share
from seqwise.gradient_evidence import ClipFacts, FlowFacts
from seqwise.records import Evidence, Finding

# A step whose share is below a thousandth of the nearest one's is lost among those nearer: nothing is learned of it.
# By as much, but upwards, the farthest step drowns all others.
FAR = 1e-3
# Steps back whose norms are told.
TOLD = (10, 50, 100, 200)

Verdict = Literal["vanishing", "exploding", "healthy"]

_VANISH_CAUSES = (
    Text(
        "Each step back multiplies by a factor below 1: of W_hh and tanh' in an RNN, the forget gate in an LSTM, the "
        "update gate in a GRU.",
        "한 단계 되돌아갈 때마다 1보다 작은 수가 곱해집니다. RNN에서는 W_hh와 tanh', LSTM에서는 망각 게이트, GRU에서는 "
        "갱신 게이트입니다.",
    ),
)
_VANISH_FIX = Text(
    'Take encoder.cell = "lstm" or "gru" for "rnn", encoder.initialisation = "orthogonal", or encoder.pooling = "max" '
    'or "attention", so that far steps are read without the way through time. A forget-gate bias of ln(steps) keeps an '
    "LSTM's memory (Tallec and Ollivier 2018).",
    '"rnn" 대신 encoder.cell = "lstm"이나 "gru"를, encoder.initialisation = "orthogonal"을 쓰거나, 먼 단계를 시간을 '
    '거치지 않고 읽도록 encoder.pooling = "max"나 "attention"을 쓰세요. LSTM은 망각 게이트 편향을 ln(단계 수)로 두면 '
    "기억이 유지됩니다(Tallec and Ollivier 2018).",
)
_EXPLODE_CAUSES = (
    Text(
        "Each step back multiplies by a factor above 1: the largest singular value of the recurrent matrix is too "
        "large.",
        "한 단계 되돌아갈 때마다 1보다 큰 수가 곱해집니다. 순환 행렬의 가장 큰 특잇값이 너무 큽니다.",
    ),
    Text("The learning rate has driven the weights up.", "학습률이 커서 가중치가 커졌습니다."),
)
_EXPLODE_FIX = Text(
    'Keep training.clip above 0, lower training.learning_rate, take encoder.initialisation = "orthogonal", or '
    'encoder.cell = "lstm" or "gru".',
    'training.clip을 0보다 크게 두고 training.learning_rate를 낮추세요. encoder.initialisation = "orthogonal"이나 '
    'encoder.cell = "lstm", "gru"도 쓸 수 있습니다.',
)
_CLIPPED_FIX = Text(
    "Clipping keeps the updates small, and their direction is still that of the farthest steps. Lower "
    'training.learning_rate, take encoder.initialisation = "orthogonal", or encoder.cell = "lstm" or "gru".',
    "클리핑은 갱신의 크기만 줄일 뿐, 방향은 여전히 가장 먼 단계가 정합니다. training.learning_rate를 낮추거나 "
    'encoder.initialisation = "orthogonal" 또는 encoder.cell = "lstm", "gru"를 쓰세요.',
)


@dataclass(frozen=True)
class Flow:
    """What a profile of gradients says.

    Attributes:
        verdict: whether they vanish or explode over the steps that there are.
        slope: of the logarithm of the norm, for each step back.
        reach: steps back with at least a thousandth of the norm of the last step.
        told: norm so many steps back, in units of that at the last step.
    """

    verdict: Verdict
    slope: float
    reach: int
    told: dict[int, float]

    @property
    def factor(self) -> float:
        """What each step back multiplies the norm by."""
        return exp(self.slope) if self.slope < inf else inf


def judge_flow(facts: FlowFacts) -> Flow | None:
    """The verdict by the slope of the log-norm over the steps; by the loss's gradient where there is one.

    Norms of 0, which float64 cannot tell from what is too small for it, have no logarithm: the slope is that of the
    steps before the first of them, and they vanish. None where there are fewer than two steps, or no gradient at the
    last.
    """
    norms = np.array(facts.loss or facts.last, dtype=np.float64)
    if len(norms) < 2 or norms[0] == 0:
        return None
    if not np.isfinite(norms).all():
        return Flow("exploding", inf, len(norms) - 1, {})
    relative = norms / norms[0]
    n_alive = len(norms) if relative.all() else int(np.flatnonzero(relative == 0)[0])
    slope = float(np.polyfit(np.arange(n_alive), np.log(relative[:n_alive]), 1)[0]) if n_alive > 1 else -inf
    change = slope * (len(norms) - 1)
    is_lost = n_alive < len(norms) or change < log(FAR)
    verdict: Verdict = "vanishing" if is_lost else "exploding" if change > -log(FAR) else "healthy"
    lost = np.flatnonzero(relative < FAR)
    reach = int(lost[0]) - 1 if len(lost) else len(norms) - 1
    told = {steps: float(relative[steps]) for steps in TOLD if steps < len(norms)}
    told |= {len(norms) - 1: float(relative[-1])}
    return Flow(verdict, slope, reach, told)


def _run(evidence: Evidence) -> list[Finding]:
    flows = () if evidence.gradients is None else evidence.gradients.flows
    judged = [(facts, flow) for facts in flows if (flow := judge_flow(facts)) is not None]
    if not judged:
        return []
    vanish = Voice("gradient_flow", "GR-VANISH", evidence.language)
    explode = Voice("gradient_flow", "GR-EXPLODE", evidence.language)
    vanishing = [pair for pair in judged if pair[1].verdict == "vanishing"]
    exploding = [pair for pair in judged if pair[1].verdict == "exploding"]
    found = [vanish.say("warning", _words_vanish(*pair), numbers=numbers_of(*pair)) for pair in vanishing]
    found += [explode.say("warning", _words_explode(*pair), numbers=numbers_of(*pair)) for pair in exploding]
    steepest = min(judged, key=lambda pair: pair[1].slope), max(judged, key=lambda pair: pair[1].slope)
    if not vanishing:
        title = Text("Gradients do not vanish", "기울기가 사라지지 않음")
        found.append(vanish.say("pass", _words_pass(title, *steepest[0]), numbers=numbers_of(*steepest[0])))
    if not exploding:
        title = Text("Gradients do not explode", "기울기가 폭발하지 않음")
        found.append(explode.say("pass", _words_pass(title, *steepest[1]), numbers=numbers_of(*steepest[1])))
    return found


def numbers_of(facts: FlowFacts, flow: Flow) -> dict[str, object]:
    """The evidence of a verdict, plain numbers; one that is not finite is None."""
    told = {f"after_{steps}": value for steps, value in flow.told.items()}
    numbers: dict[str, object] = {
        "layer": facts.name,
        "steps": facts.length,
        "factor": flow.factor if isfinite(flow.factor) else None,
        "reach": flow.reach,
        **told,
    }
    if facts.clip is None:
        return numbers
    return numbers | {
        "clip": facts.clip.threshold,
        "n_logged": facts.clip.n_logged,
        "n_clipped": facts.clip.n_clipped,
        "median_norm": facts.clip.median if isfinite(facts.clip.median) else None,
    }


def _words_vanish(facts: FlowFacts, flow: Flow) -> Wording:
    factor, reach, steps = number(flow.factor), number(flow.reach), number(facts.length)
    end = number(flow.told[facts.length - 1])
    message = Text(
        f"{facts.name}: each step back multiplies the gradient by about {factor}. {steps} steps are read, and beyond "
        f"{reach} of them less than a thousandth arrives; at the first step {end} of it.",
        f"{facts.name}: 한 단계 되돌아갈 때마다 기울기가 약 {factor}배가 됩니다. {steps}단계를 읽지만 {reach}단계보다 "
        f"먼 곳에는 천분의 일도 닿지 않습니다. 첫 단계에서는 {end}배입니다.",
    )
    return Wording(Text("Gradients vanish", "기울기가 사라짐"), message, _VANISH_FIX, _VANISH_CAUSES)


def _words_explode(facts: FlowFacts, flow: Flow) -> Wording:
    clip = facts.clip if facts.clip is not None and facts.clip.threshold > 0 and facts.clip.n_clipped else None
    if not isfinite(flow.factor):
        grown = Text("the gradient is no finite number", "기울기가 유한한 수가 아닙니다")
    else:
        factor, steps, end = number(flow.factor), number(facts.length), number(flow.told[facts.length - 1])
        grown = Text(
            f"each step back multiplies the gradient by about {factor}; over {steps} steps it grows {end} times",
            f"한 단계 되돌아갈 때마다 기울기가 약 {factor}배가 되어 {steps}단계에서 {end}배로 커집니다",
        )
    clipped = NO_TEXT if clip is None else _words_of_clip(clip)
    message = Text(f"{facts.name}: {grown.en}.{clipped.en}", f"{facts.name}: {grown.ko}.{clipped.ko}")
    if clip is None:
        return Wording(Text("Gradients explode", "기울기가 폭발함"), message, _EXPLODE_FIX, _EXPLODE_CAUSES)
    title = Text("Gradients explode, and are clipped", "기울기가 폭발하며 클리핑됨")
    return Wording(title, message, _CLIPPED_FIX, _EXPLODE_CAUSES)


def _words_of_clip(clip: ClipFacts) -> Text:
    part, n, threshold = share(clip.n_clipped, clip.n_logged), number(clip.n_logged), number(clip.threshold)
    median = number(clip.median) if isfinite(clip.median) else "inf"
    return Text(
        f" Of {n} logged updates {part} were clipped to {threshold}; the median norm before is {median}.",
        f" 기록된 갱신 {n}번 가운데 {part}가 {threshold}로 클리핑되었고, 그 전 노름의 중앙값은 {median}입니다.",
    )


def _words_pass(title: Text, facts: FlowFacts, flow: Flow) -> Wording:
    factor, steps = number(flow.factor), number(facts.length)
    message = Text(
        f"{facts.name}: each step back multiplies the gradient by about {factor}, over {steps} steps.",
        f"{facts.name}: {steps}단계에 걸쳐 한 단계 되돌아갈 때마다 기울기가 약 {factor}배가 됩니다.",
    )
    return Wording(title, message)


CHECK = CheckSpec(
    name="gradient_flow",
    ids=("GR-VANISH", "GR-EXPLODE"),
    run=_run,
    source="Pascanu, Mikolov and Bengio 2013, On the difficulty of training recurrent neural networks, "
    "https://arxiv.org/abs/1211.5063.",
)
