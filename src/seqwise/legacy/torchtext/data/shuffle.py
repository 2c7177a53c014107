"""The chance of torchtext: a state of the module ``random`` in, the same orders as there out."""

import random
from collections.abc import Sequence
from typing import Any, TypeVar

from seqwise.errors import Problem, UsageError

_Item = TypeVar("_Item")


class Shuffler:
    """Shuffles by a state of its own, so that nobody else's chance changes; it begins at the state of ``random``."""

    def __init__(self, random_state: tuple[Any, ...] | None = None) -> None:
        """Begin at a state of ``random.getstate()``, or at the present one.

        Raises:
            UsageError: if the state is none.
        """
        self._random = random.Random()
        try:
            self._random.setstate(random.getstate() if random_state is None else random_state)
        except (TypeError, ValueError) as error:
            what = f"found {random_state!r}; allowed: what random.getstate() returns, or None."
            fix = "Call random.seed(0) and pass random_state=random.getstate()."
            raise UsageError(Problem("random_state", what, fix)) from error

    def __call__(self, items: Sequence[_Item]) -> list[_Item]:
        """The items in a new order."""
        return self._random.sample(items, len(items))
