"""The names of baselines, which have no settings model of their own, and of the heads of each task.

A contract test holds the baselines equal to the table in their folder.
"""

# By the task whose rows they read.
BASELINES: dict[str, tuple[str, ...]] = {
    "classify": ("majority", "prior", "naive_bayes", "tfidf_logistic", "tfidf_forest"),
    "tag": ("majority", "prior", "unit_tag", "dictionary", "surface"),
}

# The heads of a task; the first is the default.
HEAD_OF_TASK: dict[str, tuple[str, ...]] = {"classify": ("label",), "tag": ("tags",), "forecast": ("decoder",)}
