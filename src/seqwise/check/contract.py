"""What a check is: a name, the guardrail ids it answers for, a pure function, and where the fault was seen first."""

from collections.abc import Callable
from dataclasses import dataclass

from seqwise.records import Evidence, Finding


@dataclass(frozen=True)
class CheckSpec:
    """One member of the table of checks; its file offers it as ``CHECK``.

    Attributes:
        name: the key in ``CHECKS`` and the name of the file.
        ids: guardrail ids of the findings, for example ``("GR-COLLAPSE",)``.
        run: evidence to findings. It changes nothing, returns ``[]`` when its evidence is absent, and a ``pass``
            finding when it looked and found nothing.
        source: the paper behind the rule, or the case in which the fault was found.
    """

    name: str
    ids: tuple[str, ...]
    run: Callable[[Evidence], list[Finding]]
    source: str
