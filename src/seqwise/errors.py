"""What a user can mend: the exceptions that leave the house, each with its exit code and its three-part message."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True)
class Problem:
    """One fault: where it is, what was found there, and what to do next."""

    where: str
    what: str
    fix: str = ""

    def __str__(self) -> str:
        """One line: ``where: what. fix``."""
        sentence = f"{self.where}: {self.what}" if self.where else self.what
        return f"{sentence} {self.fix}".rstrip()


class SeqwiseError(Exception):
    """A fault that the user can mend; the base of all errors that seqwise raises on purpose."""

    exit_code = 1

    def __init__(self, problems: Problem | Sequence[Problem]) -> None:
        """Keep every problem of one pass, so that all are told together."""
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class UsageError(SeqwiseError):
    """Wrong usage or settings (exit 64)."""

    exit_code = 64


class DataError(SeqwiseError):
    """Bad data: rows, encodings, files (exit 65)."""

    exit_code = 65


class MissingExtraError(UsageError):
    """An optional package is not installed; the message is the install line (exit 64)."""

    def __init__(self, *, package: str, extra: str, purpose: str) -> None:
        """Name the package, what needs it, and the line that installs it."""
        super().__init__(
            Problem(
                where=purpose,
                what=f"needs the package {package}, which is not installed.",
                fix=f'Run: pip install "seqwise[{extra}]"',
            )
        )


class InterruptedRunError(SeqwiseError):
    """The run was stopped and saved; it can be resumed (exit 75)."""

    exit_code = 75


class DivergedError(SeqwiseError):
    """Training left the finite numbers and stopped; the last checkpoint is from before (exit 1)."""


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name nearest to a misspelt one, or None when nothing is near.

    Example:
        >>> nearest("positve", ["negative", "positive"])
        'positive'
    """
    lowered = {candidate.casefold(): candidate for candidate in known}
    matches = get_close_matches(name.casefold(), lowered, n=1, cutoff=0.6)
    return lowered[matches[0]] if matches else None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """``Did you mean "x"?`` for the nearest known name, or an empty string."""
    match = nearest(name, known)
    return f'Did you mean "{match}"?' if match is not None else ""
