"""Baselines of labels and of tags, name to one-line summary; no torch, no pickle, and nothing heavy here."""

BASELINES: dict[str, str] = {
    "majority": "always the most frequent label, or tag, of the training rows",
    "prior": "the shares of the labels, or tags, in the training rows",
    "naive_bayes": "naive Bayes on n-grams of words and characters, calibrated out of fold",
    "tfidf_logistic": "logistic regression on tf-idf of words and characters",
    "tfidf_forest": "random forest on the thousand most telling tf-idf features, calibrated out of bag",
    "unit_tag": "the most frequent tag of the same word in the training texts",
    "dictionary": "tags of entities: the training texts' entities found again, by longest match",
    "surface": "tags by logistic regression on what words and their neighbours look like",
}
