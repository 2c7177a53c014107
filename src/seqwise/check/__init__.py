"""Checks: pure functions from evidence to findings; the table of their names, which is also the order of the report."""

CHECKS: dict[str, str] = {
    "collapse": "one class for every row, or the same output for every row",
    "chance": "a loss pinned at ln K or the prior's entropy; accuracy inside the chance interval",
    "baseline": "no better than the best baseline",
    "tiny_test": "a test set too small to tell what is claimed",
    "eval_on_train": "rows that are scored were trained on",
    "duplicates": "the same or nearly the same text inside and across splits; labels that contradict each other",
    "label_space": "outputs and labels that do not fit; labels that are never seen or are no labels",
    "truncation": "text lost to the length limit",
    "probabilities": "rows that are no probabilities, for example logits",
    "double_activation": "softmax applied twice",
    "prior_loss": "log loss no better than the label shares alone give",
    "overconfidence": "probabilities that are too sure, with the temperature that mends them",
    "rate_plan": "a learning-rate plan that does not fit the real number of updates",
    "unused_settings": "values that are set and that nothing reads",
    "capacity": "far more parameters than labels can teach",
}
