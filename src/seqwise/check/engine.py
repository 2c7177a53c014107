"""Evidence in, findings out: runs every check, errors first, and marks what the settings silence."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from seqwise.catalog import load
from seqwise.check import CHECKS
from seqwise.check.contract import CheckSpec
from seqwise.errors import Problem, UsageError, did_you_mean
from seqwise.records import Evidence, Finding, Level

_RANK: dict[Level, int] = {"error": 0, "warning": 1, "info": 2, "pass": 3}


def check(name: str) -> CheckSpec:
    """One check by its name in the table.

    Raises:
        UsageError: if there is no such check; the message names the nearest one.
    """
    spec = load("seqwise.check", name, constant="CHECK", table=CHECKS)
    assert isinstance(spec, CheckSpec)
    return spec


def known_ids() -> dict[str, tuple[str, ...]]:
    """Guardrail id to the names of the checks that answer for it, in the order of the table."""
    answers: dict[str, tuple[str, ...]] = {}
    for name in CHECKS:
        for guardrail in check(name).ids:
            answers[guardrail] = (*answers.get(guardrail, ()), name)
    return answers


def run_checks(evidence: Evidence, *, silence: Mapping[str, str], only: Sequence[str] = ()) -> tuple[Finding, ...]:
    """Findings of all checks, errors first, then in the order of the table.

    Args:
        evidence: what the run, the model or the file of predictions left behind; it is not changed.
        silence: guardrail id to the reason for silencing it. The finding keeps its level and carries the reason.
        only: names or guardrail ids of the checks to run; empty for all.

    Raises:
        UsageError: if an id is unknown (the message names the nearest one) or a reason is empty.
    """
    ids = known_ids()
    require_known(silence)
    choices = (*CHECKS, *ids)
    unknown = [_unknown("checks to run", wanted, choices) for wanted in only if wanted not in choices]
    if unknown:
        raise UsageError(unknown)
    names = {name for wanted in only for name in ids.get(wanted, (wanted,))} or set(CHECKS)
    found = [finding for name in CHECKS if name in names for finding in check(name).run(evidence)]
    ranked = sorted(found, key=lambda finding: _RANK[finding.level])
    return tuple(_silenced(finding, silence) for finding in ranked)


def _silenced(finding: Finding, silence: Mapping[str, str]) -> Finding:
    reasons = [silence[guardrail] for guardrail in finding.ids if guardrail in silence]
    return replace(finding, silenced=reasons[0]) if reasons and finding.level != "pass" else finding


def require_known(silence: Mapping[str, str]) -> None:
    """Refuse to silence what no check says, or without a reason.

    Raises:
        UsageError: if an id is unknown (the message names the nearest one) or a reason is empty.
    """
    ids = known_ids()
    problems = [_unknown("checks.silence", guardrail, tuple(ids)) for guardrail in silence if guardrail not in ids]
    problems += [
        Problem(
            where=f"checks.silence.{guardrail}",
            what="found no reason.",
            fix="Write why this finding does not matter here; the report shows it.",
        )
        for guardrail, reason in silence.items()
        if guardrail in ids and not reason.strip()
    ]
    if problems:
        raise UsageError(problems)


def _unknown(where: str, found: str, known: Sequence[str]) -> Problem:
    return Problem(where=where, what=f'found "{found}"; known: {", ".join(known)}.', fix=did_you_mean(found, known))
