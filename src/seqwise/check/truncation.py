"""GR-TRUNC: what the length limit cut away in; says when the model does not see the text."""

from seqwise.check.contract import CheckSpec
from seqwise.check.words import NO_TEXT, Text, Voice, Wording, share, split_name
from seqwise.records import Evidence, Finding, Level, Truncation

# Half of the rows, or a third of all tokens, are out of the model's sight: a limit chosen for another text.
ROWS_WARNING = 0.5
TOKENS_WARNING = 1 / 3
# One row in a hundred is the tail of any distribution of lengths.
ROWS_INFO = 0.01


def _run(evidence: Evidence) -> list[Finding]:
    seen = {split: cut for split, cut in evidence.truncation.items() if cut.n_rows > 0}
    if not seen:
        return []
    voice = Voice("truncation", "GR-TRUNC", evidence.language)
    split = max(seen, key=lambda name: (_level(seen[name]) == "warning", _row_share(seen[name])))
    level = _level(seen[split])
    numbers = {name: _numbers(cut) for name, cut in seen.items()}
    return [voice.say(level, _words(split, seen[split], level=level), numbers=numbers)]


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


CHECK = CheckSpec(
    name="truncation",
    ids=("GR-TRUNC",),
    run=_run,
    source="Named-entity walk-through: labels beyond 128 tokens were lost and the rest scored by zip.",
)
