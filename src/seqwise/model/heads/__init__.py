"""The table of heads: name to one-line summary; each is a file of this folder."""

HEADS: dict[str, str] = {
    "label": "one label a sequence: linear, or layers stepping down; may stand on a baseline",
}
