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

# Those of series, the first is taken where none is named.
METRICS_OF_KIND: dict[str, tuple[str, ...]] = {
    "states": ("log_loss", "accuracy", "macro_f1"),
    "numbers": ("mae", "mse", "mase", "quantile_loss"),
}

# How the files of a task may be written.
_TABLES = ("auto", "csv", "tsv", "jsonl", "parquet")
FORMATS: dict[str, tuple[str, ...]] = {
    "classify": _TABLES,
    "tag": ("auto", "conll", "conllu", "klue", "kmou", "inline", "spans", "spacy"),
    "forecast": ("auto", "long", "wide", "grid"),
    "translate": (*_TABLES, "parallel"),
}
