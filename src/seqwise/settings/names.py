"""The names of members that have no settings model of their own, so that a settings file is checked without them.

A contract test holds these lists equal to the table in the members' folder.
"""

# By the task whose rows they read.
BASELINES: dict[str, tuple[str, ...]] = {
    "classify": ("majority", "prior", "naive_bayes", "tfidf_logistic", "tfidf_forest"),
    "tag": ("majority", "prior", "unit_tag", "dictionary", "surface"),
}
