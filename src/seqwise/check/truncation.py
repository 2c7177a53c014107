"""GR-TRUNC: what the length limit cut away in, or tags; says when the model does not see text, or tags are cut."""

import numpy as np

from seqwise.check.contract import CheckSpec
from seqwise.check.tags import NO_TAG, PADDING, SPECIAL, begins_word, written_as
from seqwise.check.words import NO_TEXT, Text, Voice, Wording, share, split_name
from seqwise.records import Evidence, Finding, Indices, Level, Truncation
from seqwise.spans.schemes import OUTSIDE
from seqwise.tag_evidence import TagEvidence

# Half of the rows, or a third of all tokens, are out of the model's sight: a limit chosen for another text.
ROWS_WARNING = 0.5
TOKENS_WARNING = 1 / 3
# One row in a hundred is the tail of any distribution of lengths.
ROWS_INFO = 0.01


# Texts of the greatest length: so many, and so many times those of the lengths right below it, are a wall.
WALL_TEXTS, WALL_TIMES, WALL_LENGTHS = 5, 5, 10


def _run(evidence: Evidence) -> list[Finding]:
    seen = {split: cut for split, cut in evidence.truncation.items() if cut.n_rows > 0}
    voice = Voice("truncation", "GR-TRUNC", evidence.language)
    found = [finding for split, facts in evidence.tagged.items() for finding in _cut_tags(voice, split, facts)]
    if not seen:
        return found or _uncut(voice, evidence)
    split = max(seen, key=lambda name: (_level(seen[name]) == "warning", _row_share(seen[name])))
    level = _level(seen[split])
    numbers = {name: _numbers(cut) for name, cut in seen.items()}
    told = voice.say(level, _words(split, seen[split], level=level), numbers=numbers)
    return found if found and level == "pass" else [*found, told]


def _uncut(voice: Voice, evidence: Evidence) -> list[Finding]:
    n = sum(len(facts.surfaces) for facts in evidence.tagged.values())
    if n == 0:
        return []
    message = Text(f"No tag is cut. {n:,} units were looked at.", f"잘린 태그가 없습니다. 단위 {n:,}개를 보았습니다.")
    return [voice.say("pass", Wording(Text("Nothing is cut", "잘린 것이 없음"), message), numbers={"n": n})]


def _cut_tags(voice: Voice, split: str, facts: TagEvidence) -> list[Finding]:
    """Texts whose last units have no tag, on either side; else a wall of texts of the same greatest length."""
    is_text = begins_word(facts) & ~written_as(facts, PADDING | SPECIAL)
    sides = {"truth": facts.truth, "predicted": facts.predicted}
    untagged = {side: _behind(facts, tags, is_text) for side, tags in sides.items() if tags is not None}
    is_cut = np.zeros(len(facts.surfaces), dtype=np.bool_)
    for units in untagged.values():
        is_cut[units] = True
    if is_cut.any():
        return [_say_cut(voice, split, facts, is_cut=is_cut)]
    n_wall, length = _wall(np.diff(facts.offsets))
    return [_say_wall(voice, split, n_wall, length=length, n=len(facts.offsets) - 1)] if n_wall else []


def _behind(facts: TagEvidence, tags: Indices, is_text: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Indices:
    """Units of text that stand behind the last unit with a tag, in texts that have any."""
    text = np.repeat(np.arange(len(facts.offsets) - 1), np.diff(facts.offsets))
    last = np.full(len(facts.offsets) - 1, len(tags), dtype=np.int64)
    tagged = np.flatnonzero(tags != NO_TAG)
    last[text[tagged]] = tagged  # the last one stays
    return np.flatnonzero((np.arange(len(tags)) > last[text]) & is_text)


def _wall(lengths: Indices) -> tuple[int, int]:
    """Texts of the greatest length, and that length, when there are far more than of the lengths below; else 0."""
    if not len(lengths):
        return 0, 0
    longest = int(lengths.max())
    n = int((lengths == longest).sum())
    near = ((lengths < longest) & (lengths >= longest - WALL_LENGTHS)).sum() / WALL_LENGTHS
    is_wall = n >= max(WALL_TEXTS, WALL_TIMES * near) and n < len(lengths) and longest > WALL_LENGTHS
    return (n, longest) if is_wall else (0, 0)


def _row_share(cut: Truncation) -> float:
    return cut.n_rows_cut / cut.n_rows


def _token_share(cut: Truncation) -> float:
    return cut.n_tokens_cut / max(cut.n_tokens, 1)


def _level(cut: Truncation) -> Level:
    if _row_share(cut) >= ROWS_WARNING or _token_share(cut) >= TOKENS_WARNING:
        return "warning"
    return "info" if _row_share(cut) >= ROWS_INFO else "pass"


def _numbers(cut: Truncation) -> dict[str, object]:
    return {
        "limit": cut.limit,
        "n_rows": cut.n_rows,
        "n_rows_cut": cut.n_rows_cut,
        "n_tokens": cut.n_tokens,
        "n_tokens_cut": cut.n_tokens_cut,
        "share_rows": _row_share(cut),
        "share_tokens": _token_share(cut),
    }


def _words(split: str, cut: Truncation, *, level: Level) -> Wording:
    meaning = {
        "warning": Text("The model does not see much of the text.", "모델이 글의 많은 부분을 보지 못합니다."),
        "info": Text("Some rows are cut.", "잘린 행이 있습니다."),
        "pass": Text("The length limit cuts next to nothing.", "길이 한도가 자르는 것이 거의 없습니다."),
    }[str(level)]
    name = split_name(split)
    rows, tokens = share(cut.n_rows_cut, cut.n_rows), share(cut.n_tokens_cut, cut.n_tokens)
    message = Text(
        f"{meaning.en} At {cut.limit:,} tokens, {cut.n_rows_cut:,} of {cut.n_rows:,} {name.en} rows ({rows}) are cut "
        f"and "
        f"{tokens} of all tokens are lost.",
        f"{meaning.ko} 한도 {cut.limit:,}토큰에서 {name.ko} 데이터 {cut.n_rows:,}개 중 {cut.n_rows_cut:,}개({rows})가 "
        f"잘리고 전체 토큰의 {tokens}가 사라집니다.",
    )
    fix = Text(
        'Raise prepare.max_length, or keep the other end with prepare.keep = "end".',
        'prepare.max_length를 늘리거나 prepare.keep = "end"로 다른 쪽 끝을 남기세요.',
    )
    return Wording(Text("Text cut at the limit", "한도에서 잘린 글"), message, NO_TEXT if level == "pass" else fix)


_FIX_TAGS = Text(
    "Tag the whole text, in overlapping windows where it is too long, and score against every entity of it.",
    "너무 긴 글은 겹치는 창으로 나누어 글 전체에 태그를 달고, 글의 모든 개체로 채점하세요.",
)
_CAUSES_TAGS = (
    Text("Texts were cut at the limit of the network.", "신경망의 한도에서 글을 잘랐습니다."),
    Text(
        "True and predicted tags were paired by zip, which drops the rest.",
        "참과 예측을 zip으로 짝지어 나머지를 버렸습니다.",
    ),
)


def _say_cut(
    voice: Voice, split: str, facts: TagEvidence, *, is_cut: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> Finding:
    text = np.repeat(np.arange(len(facts.offsets) - 1), np.diff(facts.offsets))
    n, n_texts, n_units = len(facts.offsets) - 1, len(np.unique(text[is_cut])), int(is_cut.sum())
    outside = facts.names.index(OUTSIDE) if OUTSIDE in facts.names else NO_TAG
    n_inside = 0 if facts.truth is None else int((is_cut & (facts.truth != NO_TAG) & (facts.truth != outside)).sum())
    name = split_name(split)
    message = Text(
        f"Tags are cut off, and a score without them is too good. In {n_texts:,} of {n:,} {name.en} texts "
        f"({share(n_texts, n)}) the last units have no tag: {n_units:,} units, {n_inside:,} of them known to be "
        f"in entities.",
        f"태그가 잘렸고, 이를 빼고 낸 점수는 부풀어 있습니다. {name.ko} 글 {n:,}개 중 {n_texts:,}개"
        f"({share(n_texts, n)})에서 "
        f"끝 단위에 태그가 없습니다: 단위 {n_units:,}개, 그중 개체로 알려진 것 {n_inside:,}개.",
    )
    numbers = {"split": split, "n": n, "n_texts_cut": n_texts, "n_units_cut": n_units, "n_entity_units_cut": n_inside}
    wording = Wording(Text("Tags are cut off", "잘린 태그"), message, _FIX_TAGS, _CAUSES_TAGS)
    return voice.say("error" if n_inside else "warning", wording, numbers=numbers)


def _say_wall(voice: Voice, split: str, n_wall: int, *, length: int, n: int) -> Finding:
    name = split_name(split)
    message = Text(
        f"The texts look cut at a limit. {n_wall:,} of {n:,} {name.en} texts ({share(n_wall, n)}) have exactly "
        f"{length:,} units, and none has more.",
        f"글이 한도에서 잘린 것으로 보입니다. {name.ko} 글 {n:,}개 중 {n_wall:,}개({share(n_wall, n)})가 꼭 "
        f"{length:,}단위이고 더 긴 글이 없습니다.",
    )
    numbers = {"split": split, "n": n, "n_at_limit": n_wall, "limit": length}
    wording = Wording(Text("A wall at one length", "한 길이에 몰린 글"), message, _FIX_TAGS, _CAUSES_TAGS)
    return voice.say("warning", wording, numbers=numbers)


CHECK = CheckSpec(
    name="truncation",
    ids=("GR-TRUNC",),
    run=_run,
    source="Named-entity walk-through: labels beyond 128 tokens were lost and the rest scored by zip.",
)
