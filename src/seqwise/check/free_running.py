"""GR-TRAINEVAL: steps that a decoder gets right told the truth and left alone; says when training is not like use."""

from seqwise.check.contract import CheckSpec
from seqwise.check.scored import wilson
from seqwise.check.words import Text, Voice, Wording, share, split_name
from seqwise.records import Evidence, Finding
from seqwise.series_evidence import ForcingFacts

# Less than three points of accuracy is what decoders usually lose; it is told, but nothing has to be done.
GAP = 0.03

_CAUSE = Text(
    "In training the decoder is always told the true state before; one wrong answer of its own leads it astray.",
    "학습 때는 디코더에 항상 앞 단계의 정답을 알려 줍니다(교사 강요). 스스로 한 번 틀리면 계속 어긋납니다.",
)
_FIX = Text(
    'Lower head.teacher_forcing, for example to 0.5, or take head.name = "steps", which answers all steps at once.',
    'head.teacher_forcing를 0.5쯤으로 낮추거나, 모든 단계를 한 번에 답하는 head.name = "steps"를 쓰세요.',
)


def _run(evidence: Evidence) -> list[Finding]:
    if evidence.series is None:
        return []
    voice = Voice("free_running", "GR-TRAINEVAL", evidence.language)
    return [_finding(voice, facts) for facts in evidence.series.forcing if facts.n]


def _finding(voice: Voice, facts: ForcingFacts) -> Finding:
    gap = (facts.forced_right - facts.free_right) / facts.n
    # The better one is not what chance makes of the other.
    is_lost = gap > GAP and facts.forced_right / facts.n > wilson(facts.free_right, facts.n)[1]
    numbers = {**vars(facts), "gap": gap}
    return voice.say("warning" if is_lost else "pass", _words(facts, is_lost=is_lost), numbers=numbers)


def _words(facts: ForcingFacts, *, is_lost: bool) -> Wording:
    split = split_name(facts.split)
    forced, free = share(facts.forced_right, facts.n), share(facts.free_right, facts.n)
    message = Text(
        f"Told the true state before each step the decoder is right on {forced} of {facts.n:,} {split.en} steps, and "
        f"on {free} when it is told its own answers, as in use. The scores are those of its own answers.",
        f"{split.ko} {facts.n:,}단계 중 앞 단계의 정답을 알려 주면 {forced}, 실제 사용처럼 스스로 답하면 {free}가 "
        f"맞습니다. 점수는 스스로 답한 것입니다.",
    )
    if not is_lost:
        return Wording(Text("Right on its own", "스스로도 맞힘"), message)
    return Wording(Text("Lost without the truth", "정답 없이는 길을 잃음"), message, _FIX, (_CAUSE,))


CHECK = CheckSpec(
    name="free_running",
    ids=("GR-TRAINEVAL",),
    run=_run,
    source="Bengio et al. 2015, scheduled sampling, https://arxiv.org/abs/1506.03099, section 1.",
)
