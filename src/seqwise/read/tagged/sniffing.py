"""The format of a file of tagged text by its first lines."""

from itertools import islice

from seqwise.errors import DataError, Problem
from seqwise.read import TAG_FORMATS
from seqwise.read.encodings import reopen
from seqwise.read.tagged.marked import read_marks
from seqwise.records import FileFacts

SNIFFED = 1000  # lines: the first sentence and its comments, with much to spare


def find_tag_format(facts: FileFacts) -> str:
    """The format of a scanned file.

    Names do not tell it: ``.conll`` may be any column format, ``.json`` and ``.txt`` any other.

    Raises:
        DataError: if the lines do not tell the format.
    """
    with reopen(facts) as stream:
        lines = [text.rstrip("\r\n") for text in islice(stream, SNIFFED)]
    filled = [text for text in lines if text.strip()]
    found = _format(filled, has_separator=len(filled) < len(lines))
    if found is None:
        what = "its first lines do not tell the format."
        raise DataError(Problem(where=facts.path, what=what, fix=f"Pass data.format: {', '.join(TAG_FORMATS)}."))
    return found


def _format(lines: list[str], *, has_separator: bool) -> str | None:
    first = next(iter(lines), "")
    if first.lstrip().startswith(("{", "[{")) or first.strip() == "[":
        return "spans"
    row = next((text for text in lines if not text.startswith("#")), "")
    n_tabs = row.count("\t")
    if first.startswith("##"):
        return {1: "klue", 3: "kmou"}.get(n_tabs)
    if n_tabs == 9 and row.startswith("1"):
        return "conllu"
    n_columns = {len(text.split("\t" if "\t" in text else None)) for text in lines}
    if len(n_columns - {1}) == 1 and 1 not in n_columns and (has_separator or n_tabs):
        return "conll"
    return "inline" if any(read_marks(text)[1] for text in lines) else None
