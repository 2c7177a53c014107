"""Open kinds (encoder, head, task, check, baseline, schedule): a folder's table of names, and loading one member.

A member is one file with one upper-case constant, and one line ``name: summary`` in the table of its folder's
``__init__.py``. Only a name that stands in the table is ever imported, so a settings file cannot run foreign code,
and asking for the names imports nothing.
"""

from collections.abc import Mapping
from importlib import import_module

from seqwise.errors import Problem, UsageError, did_you_mean


def load(package: str, name: str, *, constant: str, table: Mapping[str, str]) -> object:
    """Import the member ``name`` of ``package`` and return its constant.

    Args:
        package: dotted name of the folder, for example ``seqwise.model.encoders``.
        name: a key of ``table``, which is also the name of the member's file.
        constant: the upper-case constant that the file offers, for example ``ENCODER``.
        table: the folder's table, name to one-line summary.

    Raises:
        UsageError: if ``name`` is not in the table; the message names the nearest one.
    """
    if name not in table:
        kind = constant.lower()
        known = ", ".join(sorted(table))
        raise UsageError(Problem(where=kind, what=f'found "{name}"; known: {known}.', fix=did_you_mean(name, table)))
    return vars(import_module(f"{package}.{name}"))[constant]
