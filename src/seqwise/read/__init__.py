"""Files of labelled text become rows that know their file and line; the rows become splits."""

READERS: dict[str, str] = {
    "csv": "comma-separated cells with a header, quoted as RFC 4180 says, plain or .gz",
    "tsv": "tab-separated cells with a header, quoted or not (decided once a file), plain or .gz",
    "jsonl": "one JSON object a line, plain or .gz",
    "parquet": "an Apache Parquet file, read in batches",
}
