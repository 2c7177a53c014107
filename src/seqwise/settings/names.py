"""The names of baselines, which have no settings model of their own, and of the heads of each task.

A contract test holds the baselines equal to the table in their folder.
"""

# By the task whose rows they read; of forecasts those of states.
BASELINES: dict[str, tuple[str, ...]] = {
    "classify": ("majority", "prior", "naive_bayes", "tfidf_logistic", "tfidf_forest"),
    "tag": ("majority", "prior", "unit_tag", "dictionary", "surface"),
    "forecast": ("majority", "prior", "last", "season", "position", "markov1", "markov2", "markov3", "lags"),
    "translate": ("copy_source", "translation_memory", "word_by_word"),
}

NUMBER_BASELINES: tuple[str, ...] = ("naive", "seasonal_naive", "drift", "mean", "linear", "ets", "theta")

# Of images, which the task classify reads too.
IMAGE_BASELINES: tuple[str, ...] = ("majority", "prior", "pixels")

# The heads of a task; the first is the default.
HEAD_OF_TASK: dict[str, tuple[str, ...]] = {
    "classify": ("label",),
    "tag": ("tags",),
    "forecast": ("steps", "decoder", "numbers"),
    "translate": ("text",),
}

# What verdicts and the choice of the best evaluation may go by.
METRICS: dict[str, tuple[str, ...]] = {
    "classify": ("log_loss", "accuracy", "macro_f1"),
    "tag": ("log_loss", "accuracy", "macro_f1", "entity_f1"),
    "forecast": ("auto", "log_loss", "accuracy", "macro_f1", "mae", "mse", "mase", "quantile_loss"),
    "translate": ("bleu", "chrf", "perplexity"),
}

# Those that no baseline has: they choose an evaluation and give no verdict.
WITHOUT_BASELINE = ("perplexity",)

# Those of series, the first is taken where none is named.
METRICS_OF_KIND: dict[str, tuple[str, ...]] = {
    "states": ("log_loss", "accuracy", "macro_f1"),
    "numbers": ("mae", "mse", "mase", "quantile_loss"),
}

# How the files of a task may be written.
_TABLES = ("auto", "csv", "tsv", "jsonl", "parquet")
FORMATS: dict[str, tuple[str, ...]] = {
    "classify": (*_TABLES, "idx"),
    "tag": ("auto", "conll", "conllu", "klue", "kmou", "inline", "spans", "spacy"),
    "forecast": ("auto", "long", "wide", "grid"),
    "translate": (*_TABLES, "parallel"),
}


def holds_images(format: str, train: str) -> bool:  # noqa: A002 (the key's name)
    """Whether a training file is one of images; of an open format its name tells, as MNIST names its files.

    Example:
        >>> holds_images("auto", "data/train-images-idx3-ubyte.gz"), holds_images("auto", "reviews.csv")
        (True, False)
    """
    return format == "idx" or (format == "auto" and train.removesuffix(".gz").endswith("-idx3-ubyte"))
