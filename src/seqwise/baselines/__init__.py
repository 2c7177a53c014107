"""The table of baselines: name to one-line summary; each is a file of this folder. Never imports torch."""

BASELINES: dict[str, str] = {
    "majority": "always the most frequent label",
    "prior": "the shares of the labels, whatever the text",
    "naive_bayes": "multinomial naive Bayes on n-grams, with a temperature",
    "tfidf_logistic": "logistic regression on tf-idf of n-grams",
    "tfidf_forest": "random forest on the main directions of tf-idf",
}
