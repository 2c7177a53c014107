"""GR-PADLABEL: tags of a split in; says when padding has tags, so that a loss or a score counts it."""

import numpy as np

from seqwise.check.contract import CheckSpec
from seqwise.check.tags import NO_TAG, PADDING, Flags, accuracy, given_tags, is_scored, padding_tags, written_as
from seqwise.check.words import Text, Voice, Wording, quoted, share, split_name
from seqwise.records import Evidence, Finding
from seqwise.tag_evidence import TagEvidence

_FIX = Text(
    "Give padding no tag (-100 for the losses of transformers), take its name out of the tags, and score text alone.",
    "패딩에는 태그를 주지 말고(transformers의 손실에서는 -100), 태그 목록에서 빼고, 글만 채점하세요.",
)
_CAUSES = (
    Text(
        "Tags were padded with the texts, and the loss takes every one.", "글과 함께 태그도 패딩되어 손실에 들어갑니다."
    ),
    Text(
        "An older version of transformers left padding out by the attention mask; newer ones do by -100 alone.",
        "예전 transformers는 어텐션 마스크로 패딩을 뺐지만, 새 버전은 -100만 뺍니다.",
    ),
)


def _run(evidence: Evidence) -> list[Finding]:
    voice = Voice("padding_labels", "GR-PADLABEL", evidence.language)
    found = [finding for split in evidence.tagged if (finding := _judge(voice, evidence, split)) is not None]
    if found or not evidence.tagged:
        return found
    n = sum(len(facts.surfaces) for facts in evidence.tagged.values())
    message = Text(
        f"No padding has a tag. {n:,} units were looked at.", f"태그가 붙은 패딩이 없습니다. 단위 {n:,}개를 보았습니다."
    )
    return [
        voice.say("pass", Wording(Text("No padding among the tags", "태그에 패딩 없음"), message), numbers={"n": n})
    ]


def _judge(voice: Voice, evidence: Evidence, split: str) -> Finding | None:
    facts, name = evidence.tagged[split], split_name(split)
    names = tuple(facts.names[tag] for tag in padding_tags(facts).tolist())
    given = given_tags(facts)
    if given is None:
        return None
    is_padding, has_tag = written_as(facts, PADDING) | np.isin(given, padding_tags(facts)), given != NO_TAG
    n, n_tagged = int((is_padding & has_tag).sum()), int(has_tag.sum())
    if n == 0 and not names:
        return None
    numbers: dict[str, object] = {"split": split, "n_padding": n, "n_tagged": n_tagged, "tags": list(names)}
    if n == 0:
        return voice.say("warning", _words_names(names, n_tagged), numbers=numbers)
    message = Text(
        f"Padding counts as text, so the score is too good. {n:,} of {n_tagged:,} {name.en} units with a tag "
        f"({share(n, n_tagged)}) are padding.",
        f"패딩을 글로 세어 점수가 부풀었습니다. {name.ko} 데이터에서 태그가 있는 단위 {n_tagged:,}개 중 "
        f"{n:,}개({share(n, n_tagged)})가 패딩입니다.",
    )
    message, told = _with_accuracies(message, facts, is_padding)
    wording = Wording(Text("Padding has tags", "패딩에 태그가 있음"), message, _FIX, _CAUSES)
    return voice.say("error", wording, numbers=numbers | told)


def _with_accuracies(message: Text, facts: TagEvidence, is_padding: Flags) -> tuple[Text, dict[str, float]]:
    units = is_scored(facts)
    if not (units & ~is_padding).any():
        return message, {}
    all_, real = accuracy(facts, units), accuracy(facts, units & ~is_padding)
    tail = Text(
        f" Token accuracy is {share(all_, 1)} with it and {share(real, 1)} without.",
        f" 토큰 정확도는 패딩을 넣으면 {share(all_, 1)}, 빼면 {share(real, 1)}입니다.",
    )
    return Text(message.en + tail.en, message.ko + tail.ko), {"accuracy": all_, "accuracy_without": real}


def _words_names(names: tuple[str, ...], n_tagged: int) -> Wording:
    message = Text(
        f"The model can answer padding for text. None of {n_tagged:,} units carries it, and it is among the tags: "
        f"{quoted(names)}.",
        f"모델이 글에 패딩 태그를 답할 수 있습니다. 단위 {n_tagged:,}개 중 이 태그는 없는데 태그 목록에 있습니다: "
        f"{quoted(names)}.",
    )
    return Wording(Text("A tag for padding", "패딩용 태그"), message, _FIX, _CAUSES)


CHECK = CheckSpec(
    name="padding_labels",
    ids=("GR-PADLABEL",),
    run=_run,
    source="Named-entity walk-through: with a newer transformers the same script trains on the padding class.",
)
