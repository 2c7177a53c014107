"""The names of members that have no settings model of their own, so that a settings file is checked without them.

A contract test holds this list equal to the table in the members' folder.
"""

BASELINES: tuple[str, ...] = ("majority", "prior", "naive_bayes", "tfidf_logistic", "tfidf_forest")
