"""GR-REPCOLLAPSE: facts of hidden states in; says when they do not depend on the position, or on the input."""

from math import isfinite, sqrt

from seqwise.check.contract import CheckSpec
from seqwise.check.words import Text, Voice, Wording, number
from seqwise.records import Evidence, Finding, Level
from seqwise.series_evidence import RepresentationFacts

# Shares of the states' mean square: states that differ by 0.3 % of their size print alike, which is what collapse
# looked like where it was found; by 3 % a large common part, as trained transformers have, hides nearly all.
COLLAPSED = 1e-5
NEARLY = 1e-3

POSITIONS, INPUTS = Text("positions", "위치"), Text("inputs", "입력")
_CAUSES = (
    Text("The learning rate was too high and drove the layers into saturation.", "학습률이 높아 층이 포화되었습니다."),
    Text(
        "Weights were not loaded, or were made anew, above the embeddings.",
        "임베딩 위의 가중치가 적재되지 않았거나 새로 만들어졌습니다.",
    ),
    Text(
        "Positions are missing and the inputs say the same at every step.", "위치 정보가 없고 입력이 단계마다 같습니다."
    ),
)
_FIX = Text(
    "Lower training.learning_rate by a factor of ten, and probe the network before and after training.",
    "training.learning_rate를 10분의 1로 낮추고, 학습 전과 후의 신경망을 각각 살펴보세요.",
)


def _run(evidence: Evidence) -> list[Finding]:
    facts = None if evidence.series is None else evidence.series.representation
    if facts is None:
        return []
    voice = Voice("representation", "GR-REPCOLLAPSE", evidence.language)
    compared = [
        (of, share, cosine)
        for of, share, cosine in (
            (POSITIONS, facts.position_share, facts.position_cosine),
            (INPUTS, facts.input_share, facts.input_cosine),
        )
        if share is not None and cosine is not None and isfinite(share) and share >= 0 and isfinite(cosine)
    ]
    if not compared or not isfinite(facts.effective_rank):
        return []
    told = [
        voice.say(
            _level(share),
            _words(facts, of, share=share, cosine=cosine),
            numbers=_numbers(facts, of, share=share, cosine=cosine),
        )
        for of, share, cosine in compared
    ]
    return [one for one in told if one.level != "pass"] or told[:1]


def _level(share: float) -> Level:
    if share < COLLAPSED:
        return "error"
    return "warning" if share < NEARLY else "pass"


def _numbers(facts: RepresentationFacts, of: Text, *, share: float, cosine: float) -> dict[str, object]:
    return {
        "of": of.en,
        "share": share,
        "cosine": cosine,
        "effective_rank": facts.effective_rank,
        "n_states": facts.n_states,
        "n_inputs": facts.n_inputs,
    }


def _words(facts: RepresentationFacts, of: Text, *, share: float, cosine: float) -> Wording:
    level = _level(share)
    meaning = {
        "error": Text(f"The hidden states are the same at all {of.en}.", f"은닉 상태가 모든 {of.ko}에서 같습니다."),
        "warning": Text(
            f"The hidden states are nearly the same at all {of.en}.", f"은닉 상태가 모든 {of.ko}에서 거의 같습니다."
        ),
        "pass": Text(f"The hidden states tell {of.en} apart.", f"은닉 상태로 {of.ko}을(를) 가려낼 수 있습니다."),
    }[level]
    moved, alike, rank = number(100 * sqrt(share)), number(cosine), number(facts.effective_rank)
    message = Text(
        f"{meaning.en} Over {facts.n_states:,} states of {facts.n_inputs:,} inputs they differ by {moved} % of their "
        f"size; their mean cosine is {alike} and their effective rank {rank}.",
        f"{meaning.ko} 입력 {facts.n_inputs:,}개의 상태 {facts.n_states:,}개에서 그 차이는 크기의 {moved} %이고, 평균 "
        f"코사인은 {alike}, 유효 랭크는 {rank}입니다.",
    )
    title = {
        "error": Text(f"States do not depend on {of.en}", f"상태가 {of.ko}에 따라 달라지지 않음"),
        "warning": Text(f"States hardly depend on {of.en}", f"상태가 {of.ko}에 따라 거의 달라지지 않음"),
        "pass": Text("States differ", "상태가 서로 다름"),
    }[level]
    return Wording(title, message) if level == "pass" else Wording(title, message, _FIX, _CAUSES)


CHECK = CheckSpec(
    name="representation",
    ids=("GR-REPCOLLAPSE",),
    run=_run,
    source="Roster forecast with BERT (2022): the printed rows of the encoder's output are equal at all positions.",
)
