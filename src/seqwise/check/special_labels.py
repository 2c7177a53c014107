"""GR-SPECIALLABEL: tags of a split in; says when special tokens have tags, or names of special tokens are tags."""

import numpy as np

from seqwise.check.contract import CheckSpec
from seqwise.check.tags import NO_TAG, PADDING, SPECIAL, given_tags, special_tags, written_as
from seqwise.check.words import Text, Voice, Wording, quoted, share, split_name
from seqwise.records import Evidence, Finding
from seqwise.tag_evidence import TagEvidence

_FIX = Text(
    "Give special tokens and continued pieces no tag (-100 for the losses of transformers), and take their names out "
    "of the tags.",
    "특수 토큰과 이어지는 조각에는 태그를 주지 말고(transformers의 손실에서는 -100) 그 이름을 태그 목록에서 빼세요.",
)
_CAUSES = (
    Text(
        "Special tokens were put around the tags as around the text.",
        "글과 마찬가지로 태그에도 특수 토큰을 붙였습니다.",
    ),
    Text("Continued pieces of a word were given a tag of their own.", "단어의 이어지는 조각에 따로 태그를 주었습니다."),
)


def _run(evidence: Evidence) -> list[Finding]:
    voice = Voice("special_labels", "GR-SPECIALLABEL", evidence.language)
    found = [finding for split in evidence.tagged if (finding := _judge(voice, evidence, split)) is not None]
    if found or not evidence.tagged:
        return found
    n = sum(len(facts.surfaces) for facts in evidence.tagged.values())
    message = Text(
        f"No special token has a tag. {n:,} units were looked at.",
        f"태그가 붙은 특수 토큰이 없습니다. 단위 {n:,}개를 보았습니다.",
    )
    return [voice.say("pass", Wording(Text("No special tags", "특수 태그 없음"), message), numbers={"n": n})]


def _judge(voice: Voice, evidence: Evidence, split: str) -> Finding | None:
    facts, name = evidence.tagged[split], split_name(split)
    names = tuple(facts.names[tag] for tag in special_tags(facts).tolist())
    n, n_text, n_tagged = _counts(facts)
    if n == 0 and not names:
        return None
    numbers: dict[str, object] = {
        "split": split,
        "n_special": n,
        "n_text_answered": n_text,
        "n_tagged": n_tagged,
        "tags": list(names),
    }
    told = Text(f" Tags named like special tokens: {quoted(names)}.", f" 특수 토큰 이름의 태그: {quoted(names)}.")
    message = Text(
        f"Special tokens count as text, so the score is too good and the model may answer them. {n:,} of {n_tagged:,} "
        f"{name.en} units with a tag ({share(n, n_tagged)}) are special, and {n_text:,} units of text get such a tag "
        f"as the answer.{told.en if names else ''}",
        f"특수 토큰을 글로 세어 점수가 부풀고 모델이 그것을 답할 수 있습니다. {name.ko} 데이터에서 태그가 있는 단위 "
        f"{n_tagged:,}개 중 {n:,}개({share(n, n_tagged)})가 특수하고, 글 단위 {n_text:,}개가 그런 태그를 답으로 "
        f"받았습니다.{told.ko if names else ''}",
    )
    wording = Wording(Text("Special tokens have tags", "특수 토큰에 태그가 있음"), message, _FIX, _CAUSES)
    return voice.say("error" if n_text else "warning", wording, numbers=numbers)


def _counts(facts: TagEvidence) -> tuple[int, int, int]:
    """Special units with a tag, units of text that are answered with a special tag, and units with a tag."""
    tags, given = special_tags(facts), given_tags(facts)
    if given is None:
        return 0, 0, 0
    has_tag = given != NO_TAG
    is_special = written_as(facts, SPECIAL) | (facts.truth is not None) & np.isin(given, tags)
    is_text = ~(is_special | written_as(facts, PADDING)) & has_tag
    n_text = 0 if facts.predicted is None else int((np.isin(facts.predicted, tags) & is_text).sum())
    return int((is_special & has_tag).sum()), n_text, int(has_tag.sum())


CHECK = CheckSpec(
    name="special_labels",
    ids=("GR-SPECIALLABEL",),
    run=_run,
    source="Named-entity walk-through: [PAD], [CLS] and [SEP] were classes 0, 1 and 2, and a full stop became [SEP].",
)
