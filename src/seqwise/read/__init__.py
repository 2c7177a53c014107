"""Files of labelled text become rows that know their file and line; the rows become splits. Tables become series."""

READERS: dict[str, str] = {
    "csv": "comma-separated cells with a header, quoted as RFC 4180 says, plain or .gz",
    "tsv": "tab-separated cells with a header, quoted or not (decided once a file), plain or .gz",
    "jsonl": "one JSON object a line, plain or .gz",
    "parquet": "an Apache Parquet file, read in batches",
}

SERIES_FORMATS: dict[str, str] = {
    "long": "a table with a row for each time of each unit: unit, time, one column or more of values",
    "wide": "a table with a row a unit and a column a time",
    "grid": "months as spreadsheets show them: a row of days 1 to 31, below it a row a person; csv or tsv",
}

TAG_FORMATS: dict[str, str] = {
    "conll": "a token and its tag a line among any columns, blank lines between sentences, plain or .gz",
    "conllu": "CoNLL-U: ten columns a word, the raw text in a comment, plain or .gz",
    "klue": "a character and its tag a line, blanks as well, ids in ## lines, plain or .gz",
    "kmou": "three ## lines (number, raw text, marked text) and morphemes with tags, plain or .gz",
    "inline": "a sentence a line with <TEXT:LABEL> in it, alone or beside its plain file, plain or .gz",
    "spans": "JSON with spans of characters, as doccano and Label Studio export it, plain or .gz",
    "spacy": "spaCy's documents (DocBin): tokens, entities or tags, known by the ending .spacy (extra spacy)",
}

OTHER_FORMATS: dict[str, str] = {
    "idx": "images and their labels as MNIST's files hold them, plain or .gz",
    "parallel": "two files of a text a line, sources and targets, named as train.{de,en} or train.{de,en}.gz",
}

# What data.format can say beside the tables of READERS.
FORMATS = {**TAG_FORMATS, **SERIES_FORMATS, **OTHER_FORMATS}
