"""Facts in, the parts of the page that are text out: findings by level, the environment as a list, commands."""

import json
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from seqwise.records import Finding
from seqwise.report.facts import RunFacts
from seqwise.report.numbers import count, general, score

LEVELS = ("error", "warning", "info", "pass")
# Guardrails that speak of rows that stand in the data twice.
DUPLICATES = frozenset({"GR-DUP", "GR-EVALONTRAIN"})
# The guardrail that the verdict itself tells.
VERDICT = "GR-BASELINE"
# Evidence longer than this is a list for machines; findings.json holds all of it.
LONGEST_VALUE = 400
STATIONS = "stations"


@dataclass(frozen=True)
class FindingGroups:
    """Findings as a reader wants them: what to act on, what was silenced, what passed."""

    to_read: tuple[Finding, ...]
    silenced: tuple[Finding, ...]
    passed: tuple[Finding, ...]
    duplicates: tuple[Finding, ...]

    @property
    def is_in_doubt(self) -> bool:
        """Whether an error other than the verdict's own speaks against the numbers."""
        return any(finding.level == "error" and VERDICT not in finding.ids for finding in self.to_read)

    def n(self, level: str) -> int:
        """How many findings of a level are to be read."""
        return sum(finding.level == level for finding in self.to_read)


@dataclass(frozen=True)
class Command:
    """What to type, and what for (a key of the words)."""

    purpose: str
    line: str


@dataclass(frozen=True)
class Station:
    """What one station of the road cost."""

    name: str
    seconds: float
    peak_memory_mb: float


def groups(findings: Iterable[Finding]) -> FindingGroups:
    """Errors first, then warnings, then notes; the silenced ones and the passes apart."""
    ordered = sorted(findings, key=lambda finding: LEVELS.index(finding.level))
    spoken = [finding for finding in ordered if not finding.silenced]
    return FindingGroups(
        to_read=tuple(finding for finding in spoken if finding.level != "pass"),
        silenced=tuple(finding for finding in ordered if finding.silenced),
        passed=tuple(finding for finding in spoken if finding.level == "pass"),
        duplicates=tuple(finding for finding in ordered if DUPLICATES & set(finding.ids)),
    )


def plain(value: object) -> str:
    """A value of evidence or environment as text for people."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return count(value)
    if isinstance(value, float):
        return score(value) if abs(value) >= 1e-3 or value == 0.0 else general(value)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"


def flat(values: Mapping[str, object], *, prefix: str = "") -> list[tuple[str, str]]:
    """Nested values as (dotted key, text), stations left out: they have their own table."""
    rows: list[tuple[str, str]] = []
    for key, value in values.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            rows += [] if name == STATIONS else flat({str(k): v for k, v in value.items()}, prefix=f"{name}.")
        else:
            rows.append((name, str(value) if isinstance(value, int) else plain(value)))
    return rows


def stations(environment: Mapping[str, object]) -> tuple[Station, ...]:
    """Seconds and memory by station, in the order of the road."""
    costs = environment.get(STATIONS)
    if not isinstance(costs, Mapping):
        return ()
    return tuple(
        Station(str(name), seconds=_number(cost, "seconds"), peak_memory_mb=_number(cost, "peak_memory_mb"))
        for name, cost in costs.items()
        if isinstance(cost, Mapping)
    )


def _number(values: Mapping[object, object], key: str) -> float:
    value = values.get(key)
    return float(value) if isinstance(value, int | float) else float("nan")


def commands(facts: RunFacts) -> tuple[Command, ...]:
    """How to come by the same numbers, and how to go on from them."""
    name = facts.folder.resolve().name
    run = shlex.quote(name)
    lines = [
        Command("reproduce_install", _install(facts.environment)),
        Command("reproduce_fit", f"seqwise fit {run}/settings.toml --out {shlex.quote(name + '-again')}"),
        Command("reproduce_report", f"seqwise report {run}"),
        Command("reproduce_predict", f"seqwise predict {run} INPUT.csv"),
    ]
    return tuple(one for one in lines if one.line)


def resume_command(facts: RunFacts) -> str:
    """How to go on with a run that was stopped."""
    run = shlex.quote(facts.folder.resolve().name)
    return f"seqwise fit {run}/settings.toml --out {run} --resume"


def _install(environment: Mapping[str, object]) -> str:
    versions = environment.get("versions")
    if not isinstance(versions, Mapping):
        return ""
    pins = [
        f"{name}=={version}" for name, version in versions.items() if name != "python" and version != "not installed"
    ]
    return " ".join(["pip install", *map(shlex.quote, pins)]) if pins else ""
