"""GR-EVALONTRAIN: rows and files in; says when rows that are scored were trained on."""

from collections import Counter

from seqwise.check.contract import CheckSpec
from seqwise.check.texts import Overlap, fold_splits, same_places
from seqwise.check.words import Text, Voice, Wording, quoted, share, split_name
from seqwise.records import Evidence, FileFacts, Finding, Level

# Natural repeats: 0.5 % of IMDB's test reviews and 3.1 % of NSMC's stand in train. A fifth is more than nature does.
SEEN_WARNING = 0.20
# From half on, the score is of memory.
SEEN_ERROR = 0.50
# One or two short answers meet by accident.
FEWEST_ROWS = 5

_FIX = Text(
    "Give data.validation and data.test files of their own, or a share (data.validation = 0.1); set data.group to keep "
    "rows of one origin on one side; remove the rows from data.train.",
    "data.validation과 data.test에 각각 다른 파일이나 비율(data.validation = 0.1)을 주고, data.group으로 같은 출처의 "
    "행을 한쪽에 두고, 겹치는 행은 data.train에서 빼세요.",
)
_CAUSES = (
    Text("The same file is given twice, or a copy of it.", "같은 파일이나 그 사본을 두 번 주었습니다."),
    Text(
        "The file was made longer by repeating rows before it was split.",
        "나누기 전에 행을 되풀이해 파일을 늘렸습니다.",
    ),
    Text("Short texts repeat by nature.", "짧은 글이라 저절로 되풀이됩니다."),
)


def _run(evidence: Evidence) -> list[Finding]:
    voice = Voice("eval_on_train", "GR-EVALONTRAIN", evidence.language)
    if not {"train"} < set(evidence.rows):
        twins = _twin_files(evidence.files)
        return [voice.say("error", _words_files(twins), numbers={"files": list(twins)})] if twins else []
    overlaps = fold_splits(evidence.rows).overlaps()
    found = [finding for overlap in overlaps if (finding := _judge(voice, evidence, overlap)) is not None]
    found += _chosen_on_test(voice, evidence)
    if found or not overlaps:
        return found
    return [
        voice.say("pass", _words_pass(overlaps), numbers={overlap.split: _numbers(overlap) for overlap in overlaps})
    ]


def _judge(voice: Voice, evidence: Evidence, overlap: Overlap) -> Finding | None:
    same = same_places(evidence.rows["train"], evidence.rows[overlap.split], contents=_contents(evidence))
    if len(same):
        numbers = {**_numbers(overlap), "n_same_rows": len(same)}
        return voice.say("error", _words_same(overlap, len(same)), numbers=numbers)
    level = _level(overlap)
    return None if level is None else voice.say(level, _words_seen(overlap), numbers=_numbers(overlap))


def _chosen_on_test(voice: Voice, evidence: Evidence) -> list[Finding]:
    """Test rows that are validation rows: weights and temperature were chosen on the rows that are to decide."""
    if not {"validation", "test"} <= set(evidence.rows):
        return []
    n = len(evidence.rows["test"])
    n_same = len(same_places(evidence.rows["validation"], evidence.rows["test"], contents=_contents(evidence)))
    if not n_same:
        return []
    numbers = {"split": "test", "n": n, "n_same_rows": n_same}
    return [voice.say("error", _words_chosen(n_same, n), numbers=numbers)]


def _contents(evidence: Evidence) -> dict[str, str]:
    return {facts.path: facts.sha256 for facts in evidence.files if facts.sha256}


def _level(overlap: Overlap) -> Level | None:
    if overlap.n_seen == overlap.n and overlap.n < FEWEST_ROWS:
        return "warning"
    if overlap.n_seen < FEWEST_ROWS or overlap.n_seen < SEEN_WARNING * overlap.n:
        return None
    return "error" if overlap.n_seen >= SEEN_ERROR * overlap.n else "warning"


def _twin_files(files: tuple[FileFacts, ...]) -> tuple[str, ...]:
    """Paths whose content stands in the list more than once."""
    times = Counter(facts.sha256 for facts in files if facts.sha256 and facts.n_rows > 0)
    return tuple(facts.path for facts in files if times[facts.sha256] > 1)


def _numbers(overlap: Overlap) -> dict[str, object]:
    return {
        "split": overlap.split,
        "n": overlap.n,
        "n_identical": overlap.n_identical,
        "n_seen": overlap.n_seen,
        "share_seen": overlap.n_seen / overlap.n,
    }


def _words_files(twins: tuple[str, ...]) -> Wording:
    message = Text(
        f"The model is scored on the file it learns from. These files have the same content: {quoted(twins)}.",
        f"모델을 학습한 파일로 점수를 냅니다. 다음 파일들은 내용이 같습니다: {quoted(twins)}.",
    )
    return Wording(Text("The same file twice", "같은 파일이 두 번"), message, _FIX, _CAUSES[:1])


def _words_same(overlap: Overlap, n_same: int) -> Wording:
    split, part = split_name(overlap.split), share(n_same, overlap.n)
    message = Text(
        f"The model is scored on rows it learns from. {n_same:,} of {overlap.n:,} {split.en} rows ({part}) are rows "
        f"of the "
        "training file itself, line for line.",
        f"모델이 배운 바로 그 행으로 점수를 냅니다. {split.ko} 데이터 {overlap.n:,}개 중 {n_same:,}개({part})가 학습 "
        "파일의 같은 줄입니다.",
    )
    return Wording(Text("Scored on training rows", "학습한 행으로 채점"), message, _FIX, _CAUSES[:1])


def _words_chosen(n_same: int, n: int) -> Wording:
    part = share(n_same, n)
    message = Text(
        f"The weights were chosen on test rows, so the test score is too good. {n_same:,} of {n:,} test rows ({part}) "
        "are validation rows too, line for line.",
        f"시험 데이터로 가중치를 골랐으니 시험 점수가 부풀었습니다. 시험 데이터 {n:,}개 중 {n_same:,}개({part})가 검증 "
        "데이터의 같은 줄입니다.",
    )
    return Wording(Text("Chosen on test rows", "시험 데이터로 고름"), message, _FIX, _CAUSES[:1])


def _words_seen(overlap: Overlap) -> Wording:
    split, part = split_name(overlap.split), share(overlap.n_seen, overlap.n)
    is_whole = overlap.n_seen == overlap.n
    meaning = (
        Text(
            "Every scored text was trained on, so the score is of memory.",
            "채점하는 글을 모두 학습했으니 점수는 암기한 것입니다.",
        )
        if is_whole
        else Text(
            "Many scored texts were trained on, so the score is too good.",
            "채점하는 글을 많이 학습해서 점수가 부풀었습니다.",
        )
    )
    message = Text(
        f"{meaning.en} {overlap.n_seen:,} of {overlap.n:,} {split.en} texts ({part}) also stand in the training rows, "
        f"{overlap.n_identical:,} of them letter for letter.",
        f"{meaning.ko} {split.ko} 글 {overlap.n:,}개 중 {overlap.n_seen:,}개({part})가 학습 데이터에도 있고, 그중 "
        f"{overlap.n_identical:,}개는 글자까지 같습니다.",
    )
    return Wording(Text("Scored on training texts", "학습한 글로 채점"), message, _FIX, _CAUSES)


def _words_pass(overlaps: list[Overlap]) -> Wording:
    worst = max(overlaps, key=lambda overlap: overlap.n_seen / overlap.n)
    split, part = split_name(worst.split), share(worst.n_seen, worst.n)
    meaning, title = (
        (Text("The splits are apart.", "데이터가 잘 나뉘어 있습니다."), Text("Splits are apart", "나눔이 분리됨"))
        if not worst.n_seen
        else (
            Text("The score is not of the training texts.", "학습한 글로 낸 점수가 아닙니다."),
            Text("Few scored texts are training texts", "채점한 글 중 학습한 글은 적음"),
        )
    )
    message = Text(
        f"{meaning.en} {worst.n_seen:,} of {worst.n:,} {split.en} texts ({part}) also stand in the training rows.",
        f"{meaning.ko} {split.ko} 글 {worst.n:,}개 중 {worst.n_seen:,}개({part})가 학습 데이터에도 있습니다.",
    )
    return Wording(title, message)


CHECK = CheckSpec(
    name="eval_on_train",
    ids=("GR-EVALONTRAIN",),
    run=_run,
    source="Textbook chapter on recurrent networks: train=False twice; roster story: the training file was scored.",
)
