"""Baselines of labels, of tags and of series, name to one-line summary; no torch, no pickle, and nothing heavy here."""

BASELINES: dict[str, str] = {
    "majority": "always the most frequent label, tag or state of the training rows",
    "prior": "the shares of the labels, tags or states in the training rows",
    "naive_bayes": "naive Bayes on n-grams of words and characters, calibrated out of fold",
    "tfidf_logistic": "logistic regression on tf-idf of words and characters",
    "tfidf_forest": "random forest on the thousand most telling tf-idf features, calibrated out of bag",
    "unit_tag": "the most frequent tag of the same word in the training texts",
    "dictionary": "tags of entities: the training texts' entities found again, by longest match",
    "surface": "tags by logistic regression on what words and their neighbours look like",
    "last": "the last known state again, as sure as it was right at that step in training",
    "season": "the state one season before again, as sure as it was right at that step in training",
    "position": "the shares of the states at the same place of the season, or at the same time",
    "markov1": "a chain of states: the next by the last one",
    "markov2": "a chain of states: the next by the last two, with back-off",
    "markov3": "a chain of states: the next by the last three, with back-off",
    "lags": "gradient boosting on the last states, the step, its place in the season and known covariates",
}
