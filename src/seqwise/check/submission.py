"""GR-SUBMIT: a competition file and its sample in, findings out: ids, columns and rows as the platform wants them."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from seqwise.check.probabilities import kind_of
from seqwise.check.words import Text, Voice, Wording, number, quoted
from seqwise.records import Array, Finding, Language


def check_submission(
    sample_header: Sequence[str],
    sample_ids: Sequence[str],
    *,
    ids: Sequence[str],
    columns: Sequence[str],
    probabilities: Array,
    language: Language = "en",
) -> list[Finding]:
    """Compare a submission with its sample file.

    Args:
        sample_header: header of the sample file, the id column first.
        sample_ids: ids of the sample file, in its order.
        ids: ids of the submission, in its order.
        columns: names of the submission's probability columns, without the id column.
        probabilities: the numbers to be written, shape (row, column).
        language: of the findings.

    Returns:
        Every fault as an error (another order of rows: a warning), or one ``pass`` finding.
    """
    voice = Voice("submission", "GR-SUBMIT", language)
    found = [*_columns(voice, tuple(sample_header[1:]), tuple(columns)), *_ids(voice, sample_ids, ids)]
    found += _numbers(voice, ids, columns=columns, table=np.asarray(probabilities, dtype=np.float64))
    if found:
        return found
    message = Text(
        f"The file fits its sample. {len(ids):,} rows and the columns {quoted(tuple(columns))} are as asked for.",
        f"파일이 견본과 맞습니다. {len(ids):,}행과 열 {quoted(tuple(columns))}이(가) 요구와 같습니다.",
    )
    return [voice.say("pass", Wording(Text("Submission fits", "제출 파일이 맞음"), message), numbers={"n": len(ids)})]


def _columns(voice: Voice, wanted: tuple[str, ...], columns: tuple[str, ...]) -> list[Finding]:
    if wanted == columns:
        return []
    if sorted(wanted) == sorted(columns):
        meaning = Text("The columns stand in another order.", "열의 순서가 다릅니다.")
    else:
        meaning = Text("The columns are not those of the sample.", "열이 견본과 다릅니다.")
    message = Text(
        f"{meaning.en} The sample has {quoted(wanted)}, and the file has {quoted(columns)}.",
        f"{meaning.ko} 견본은 {quoted(wanted)}, 파일은 {quoted(columns)}입니다.",
    )
    fix = Text("Write the columns of the sample, in its order.", "견본의 열을 그 순서대로 쓰세요.")
    numbers = {"wanted": list(wanted), "found": list(columns)}
    return [voice.say("error", Wording(Text("Wrong columns", "열이 다름"), message, fix), numbers=numbers)]


def _ids(voice: Voice, sample_ids: Sequence[str], ids: Sequence[str]) -> list[Finding]:
    wanted, given = set(sample_ids), set(ids)
    missing = tuple(one for one in sample_ids if one not in given)
    extra = tuple(one for one in ids if one not in wanted)
    twice = tuple(one for one, times in Counter(ids).items() if times > 1)
    found = [
        voice.say("error", wording, numbers={"n": len(which), "ids": list(which[:20])})
        for which, wording in (
            (missing, _words_missing(missing, n=len(sample_ids))),
            (extra, _words_extra(extra)),
            (twice, _words_twice(twice)),
        )
        if which
    ]
    if found or list(ids) == list(sample_ids):
        return found
    n_moved = sum(one != other for one, other in zip(ids, sample_ids, strict=False))
    return [voice.say("warning", _words_order(n_moved), numbers={"n": n_moved})]


def _words_missing(missing: tuple[str, ...], *, n: int) -> Wording:
    message = Text(
        f"Rows are missing, and the platform rejects the file. {len(missing):,} of {n:,} ids of the sample are not "
        f"in it: "
        f"{quoted(missing)}.",
        f"행이 빠져 있어 제출이 거부됩니다. 견본의 id {n:,}개 중 {len(missing):,}개가 없습니다: {quoted(missing)}.",
    )
    fix = Text("Predict every row of the test file.", "시험 파일의 모든 행을 예측하세요.")
    return Wording(Text("Ids are missing", "빠진 id"), message, fix)


def _words_extra(extra: tuple[str, ...]) -> Wording:
    message = Text(
        f"There are rows that nobody asked for. {len(extra):,} ids are not in the sample: {quoted(extra)}.",
        f"요구하지 않은 행이 있습니다. 견본에 없는 id가 {len(extra):,}개입니다: {quoted(extra)}.",
    )
    fix = Text("Remove these rows.", "이 행을 빼세요.")
    return Wording(Text("Ids that are not in the sample", "견본에 없는 id"), message, fix)


def _words_twice(twice: tuple[str, ...]) -> Wording:
    message = Text(
        f"Rows stand more than once. {len(twice):,} ids are repeated: {quoted(twice)}.",
        f"두 번 넘게 나오는 행이 있습니다. 되풀이되는 id가 {len(twice):,}개입니다: {quoted(twice)}.",
    )
    fix = Text("Keep one row of each id.", "id마다 한 행만 남기세요.")
    return Wording(Text("Ids stand twice", "겹치는 id"), message, fix)


def _words_order(n_moved: int) -> Wording:
    message = Text(
        f"The rows stand in another order than in the sample. {n_moved:,} ids are elsewhere.",
        f"행의 순서가 견본과 다릅니다. id {n_moved:,}개의 자리가 다릅니다.",
    )
    fix = Text("Write the rows in the order of the sample.", "견본의 순서대로 행을 쓰세요.")
    return Wording(Text("Another order of rows", "다른 행 순서"), message, fix)


def _numbers(voice: Voice, ids: Sequence[str], *, columns: Sequence[str], table: Array) -> list[Finding]:
    if table.shape != (len(ids), len(columns)):
        shape = " x ".join(f"{size:,}" for size in table.shape)
        message = Text(
            f"The numbers do not fill the file. They are {shape}, for {len(ids):,} ids and {len(columns):,} columns.",
            f"숫자가 파일과 맞지 않습니다. 숫자는 {shape}, id는 {len(ids):,}개, 열은 {len(columns):,}개입니다.",
        )
        fix = Text("Give one row an id and one number a column.", "id마다 한 행, 열마다 한 숫자를 주세요.")
        wording = Wording(Text("Wrong shape", "모양이 다름"), message, fix)
        return [voice.say("error", wording, numbers={"shape": list(table.shape)})]
    if table.size == 0:
        return []
    kind = kind_of(table)
    return [] if kind in ("probabilities", "rounded") else [_no_probabilities(voice, kind, table)]


def _no_probabilities(voice: Voice, kind: str, table: Array) -> Finding:
    finite = np.isfinite(table).all(axis=1)
    sums = table[finite].sum(axis=1)
    bad = int((~finite).sum()) + int((np.abs(sums - 1.0) > 1e-3).sum())
    least, most = (number(float(end)) for end in (sums.min(), sums.max())) if len(sums) else ("-", "-")
    korean = {
        "not finite": "수가 아닌 값",
        "single": "열 하나",
        "log": "로그 확률",
        "percent": "백분율",
        "logits": "로짓",
        "unnormalised": "합이 하나가 아닌 값",
    }[kind]
    english = {"log": "log-probabilities", "single": "a single column", "not finite": "not numbers"}.get(kind, kind)
    message = Text(
        f"The numbers are no probabilities; they look like this: {english}. {bad:,} of {len(table):,} rows are "
        f"wrong, with "
        f"sums from {least} to {most}.",
        f"숫자가 확률이 아니라 이런 것으로 보입니다: {korean}. {len(table):,}행 중 {bad:,}행이 틀렸고, 합은 "
        f"{least}에서 "
        f"{most}까지입니다.",
    )
    fix = Text(
        "Write probabilities: for logits apply a softmax to each row, once.",
        "확률을 쓰세요. 로짓이라면 행마다 소프트맥스를 한 번 적용하세요.",
    )
    numbers = {"looks_like": kind, "n_rows": bad, "n": len(table)}
    return voice.say("error", Wording(Text("No probabilities", "확률이 아님"), message, fix), numbers=numbers)
