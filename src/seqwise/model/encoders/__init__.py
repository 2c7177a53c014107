"""The table of encoders: name to one-line summary; each is a file of this folder."""

ENCODERS: dict[str, str] = {
    "bag": "mean of word vectors, then a feed-forward net",
    "window": "each token with its neighbours side by side, then pooling",
    "recurrent": "RNN, GRU, LSTM or minGRU; stacked, one or two directions, no padding",
    "transformer": "self-attention blocks from scratch; learned, sinusoidal, rotary or no positions",
    "bert": "BERT, RoBERTa, ELECTRA, DistilBERT or MiniLM from a checkpoint, computed without padding",
}
