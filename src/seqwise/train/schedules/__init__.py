"""The table of learning-rate schedules: name to one-line summary; each is a file of this folder."""

SCHEDULES: dict[str, str] = {
    "constant": "warm-up, then the same rate to the end",
    "linear": "warm-up, then straight down to zero",
    "cosine": "warm-up, then half a cosine down to a floor",
    "plateau": "lower the rate when the validation loss stops falling",
    "cyclic": "up and down between two rates: triangular, triangular2, exp_range",
}
