"""Baselines for labelled texts, name to one-line summary; no torch, no pickle, and nothing heavy here."""

BASELINES: dict[str, str] = {
    "majority": "always the most frequent label of the training rows",
    "prior": "the shares of the labels in the training rows",
    "naive_bayes": "naive Bayes on n-grams of words and characters, calibrated out of fold",
    "tfidf_logistic": "logistic regression on tf-idf of words and characters",
    "tfidf_forest": "random forest on the thousand most telling tf-idf features, calibrated out of bag",
}
