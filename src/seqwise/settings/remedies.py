"""What may be done about rare labels, as changes of settings: what ``seqwise compare --imbalance`` tries."""

from collections.abc import Mapping

NONE = "none"
REMEDIES: dict[str, str] = {
    NONE: "nothing: every row of training counts the same",
    "class_weights": "the loss weighs a label by n / (classes * count)",
    "effective": "the loss weighs a label by its effective number of rows, beta 0.999 (Cui et al. 2019)",
    "focal": "the loss weighs rows less the surer the model is, gamma 2 (Lin et al. 2017)",
    "logit_adjustment": "training adds tau * log(share) to the logits, tau 1 (Menon et al. 2021)",
    "oversample": "rows of rare labels come more often in an epoch, 1: as often as those of the first",
}
# Settings of each; those of all others are put back to their rest.
_AT_REST: Mapping[str, str] = {
    "class_weights": '"none"',
    "effective_beta": "0.999",
    "focal": "0.0",
    "logit_adjustment": "0.0",
    "oversample": "0.0",
}
_CHANGES: Mapping[str, Mapping[str, str]] = {
    "class_weights": {"class_weights": '"balanced"'},
    "effective": {"class_weights": '"effective"'},
    "focal": {"focal": "2.0"},
    "logit_adjustment": {"logit_adjustment": "1.0"},
    "oversample": {"oversample": "1.0"},
}
# Those that a head does not read which scores whole sequences.
OF_LOSS = frozenset(("class_weights", "effective", "focal", "logit_adjustment"))


def overrides_of(remedy: str) -> list[str]:
    """The remedy as ``table.key=value`` each.

    Example:
        >>> overrides_of("focal")[2]
        'training.focal=2.0'
    """
    chosen = {**_AT_REST, **_CHANGES.get(remedy, {})}
    return [f"training.{key}={value}" for key, value in chosen.items()]
