"""The names of baselines, which have no settings model of their own, and of the head that belongs to each task.

A contract test holds the baselines equal to the table in their folder.
"""

# By the task whose rows they read; of forecasts those of states.
BASELINES: dict[str, tuple[str, ...]] = {
    "classify": ("majority", "prior", "naive_bayes", "tfidf_logistic", "tfidf_forest"),
    "tag": ("majority", "prior", "unit_tag", "dictionary", "surface"),
    "forecast": ("majority", "prior", "last", "season", "position", "markov1", "markov2", "markov3", "lags"),
}

NUMBER_BASELINES: tuple[str, ...] = ("naive", "seasonal_naive", "drift", "mean", "linear", "ets", "theta")

HEAD_OF_TASK: dict[str, str] = {"classify": "label", "tag": "tags"}
