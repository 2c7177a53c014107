"""GR-LASTSTATE: what appended padding changes comes in; says when a model reads its answer from padding."""

from math import isfinite

from seqwise.check.contract import CheckSpec
from seqwise.check.words import Text, Voice, Wording, number
from seqwise.gradient_evidence import PaddingFacts
from seqwise.records import Evidence, Finding

# Of the size of the outputs. Another order of sums moves them by 1e-7 in float32, padding that is read by 1e-3 and
# more.
SEEN = 1e-4

_CAUSES = (
    Text(
        "The state at the last position is read, outputs[:, -1], which is that of padding for all but the longest.",
        "마지막 위치의 상태 outputs[:, -1]을 읽습니다. 가장 긴 것 말고는 모두 패딩의 상태입니다.",
    ),
    Text("A mean or a maximum runs over padding too.", "평균이나 최댓값에 패딩이 들어갑니다."),
    Text("Attention sees padding: no mask is given.", "마스크가 없어 어텐션이 패딩을 봅니다."),
)
_FIX = Text(
    "Read the state at each sequence's own length, pack the sequences, or mask the padding; the layers of seqwise see "
    "no padding.",
    "각 시퀀스의 실제 길이에서 상태를 읽거나, 시퀀스를 묶거나(pack), 패딩을 가리세요. seqwise의 층은 패딩을 보지 "
    "않습니다.",
)


def _run(evidence: Evidence) -> list[Finding]:
    facts = None if evidence.gradients is None else evidence.gradients.padding
    if facts is None or not isfinite(facts.scale) or facts.scale <= 0:
        return []
    voice = Voice("padding_read", "GR-LASTSTATE", evidence.language)
    numbers = {
        "n_steps": facts.n_steps,
        "n_padded": facts.n_padded,
        "error": facts.error if isfinite(facts.error) else None,
        "scale": facts.scale,
    }
    if facts.error <= SEEN * facts.scale:
        title = Text("Padding changes nothing", "패딩이 아무것도 바꾸지 않음")
        return [voice.say("pass", Wording(title, _told(facts)), numbers=numbers)]
    title = Text("The answer is read from padding", "답을 패딩에서 읽음")
    return [voice.say("error", Wording(title, _told(facts), _FIX, _CAUSES), numbers=numbers)]


def _told(facts: PaddingFacts) -> Text:
    error, scale = number(facts.error), number(facts.scale)
    steps, padded = number(facts.n_steps), number(facts.n_padded)
    return Text(
        f"{facts.subject}: {padded} steps of padding behind {steps} steps move an output by up to {error}; the outputs "
        f"have the size {scale}.",
        f"{facts.subject}: {steps}단계 뒤에 패딩 {padded}단계를 붙이면 출력이 최대 {error}만큼 움직입니다. 출력의 "
        f"크기는 {scale}입니다.",
    )


CHECK = CheckSpec(
    name="padding_read",
    ids=("GR-LASTSTATE",),
    run=_run,
    source="IMDB with an RNN (2022): texts padded to 200 steps, x[:, -1, :] read, a loss of ln 2 for five epochs.",
)
