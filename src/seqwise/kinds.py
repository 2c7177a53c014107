"""The open kinds: the name of a kind in, the table of its members out, without importing a member."""

from collections.abc import Mapping
from importlib import import_module
from typing import cast

from seqwise.errors import Problem, UsageError, did_you_mean

# Kind to the folder whose __init__.py holds its table, and the table's name there.
KINDS: Mapping[str, tuple[str, str]] = {
    "encoders": ("seqwise.model.encoders", "ENCODERS"),
    "heads": ("seqwise.model.heads", "HEADS"),
    "tasks": ("seqwise.tasks", "TASKS"),
    "checks": ("seqwise.check", "CHECKS"),
    "baselines": ("seqwise.baselines", "BASELINES"),
    "schedules": ("seqwise.train.schedules", "SCHEDULES"),
    "readers": ("seqwise.read", "READERS"),
    "formats": ("seqwise.read", "FORMATS"),
    "remedies": ("seqwise.settings.remedies", "REMEDIES"),
    "backends": ("seqwise.backends", "BACKENDS"),
}


def table(kind: str) -> Mapping[str, str]:
    """Name to one-line summary of the members of a kind.

    Raises:
        UsageError: if there is no such kind; the message names the nearest one.
    """
    if kind not in KINDS:
        what = f'found "{kind}"; known: {", ".join(KINDS)}.'
        raise UsageError(Problem(where="KIND", what=what, fix=did_you_mean(kind, KINDS)))
    folder, constant = KINDS[kind]
    return cast("Mapping[str, str]", vars(import_module(folder))[constant])
