"""The table of heads: name to one-line summary; each is a file of this folder."""

HEADS: dict[str, str] = {
    "label": "one label a sequence: linear, or layers stepping down; may stand on a baseline",
    "tags": "one tag a unit, such as a word: softmax or linear-chain CRF, over a recurrent layer or not",
    "steps": "one state for each step to come of a series, all at once: softmax or linear-chain CRF",
    "decoder": "one state for each step to come, each told the one before: transformer, GRU or LSTM",
    "text": "a text for each row, token by token: transformer, GRU or LSTM, with attention or without",
    "numbers": "numbers for each step to come: points, quantiles or a distribution; may stand on a baseline",
}
