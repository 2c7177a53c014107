"""A TOML file, flags or tables in; checked settings out, or every fault of them at once."""

import json
import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from pydantic import ValidationError

from seqwise.errors import Problem, UsageError, did_you_mean
from seqwise.settings.faults import Fault, faults_of, shown
from seqwise.settings.overrides import Override, merge, parse_override
from seqwise.settings.places import Origin, key_lines
from seqwise.settings.root import Settings
from seqwise.settings.rules import broken_rules
from seqwise.settings.tables import Tables, endless, leaves, plain, repaired
from seqwise.settings.task_defaults import with_task_defaults
from seqwise.sides import sides_of

# Keys that hold a file or a folder: taken relative to the settings file where it exists there.
PATH_KEYS = (
    ("data", "train"),
    ("data", "validation"),
    ("data", "test"),
    ("prepare", "vectors"),
    ("encoder", "checkpoint"),
    ("extend", "run"),
)
POSITION = re.compile(r"(.*) \(at line (\d+), column (\d+)\)", re.DOTALL)


@dataclass(frozen=True)
class LoadedSettings:
    """Checked settings, the dotted keys that were given rather than left to defaults, and their file if any."""

    settings: Settings
    given: tuple[str, ...]
    path: Path | None = None


def read_settings(path: Path, *, overrides: Sequence[str] = ()) -> LoadedSettings:
    """Read and check a settings file.

    A relative path in ``[data]``, ``prepare.vectors``, ``encoder.checkpoint`` and ``extend.run`` is taken relative to
    the settings file where something of that name is there, else relative to the working directory. Values of
    ``overrides`` come from a command line, so their paths are relative to the working directory only.

    Args:
        path: a TOML file.
        overrides: ``table.key=value`` each, stronger than the file; the value is TOML, or else plain text.

    Raises:
        UsageError: with every fault of the file and the overrides at once.
    """
    text = _text(path)
    tables = _parsed(text, path)
    loaded = _checked(_with_paths(tables, path.parent), Origin(name=str(path), lines=key_lines(text)), overrides)
    return replace(loaded, path=path)


def settings_from_tables(
    tables: Tables, *, origin: str, overrides: Sequence[str] = (), flags: Mapping[str, str] | None = None
) -> LoadedSettings:
    """Check settings that come from flags or from Python; paths are relative to the working directory.

    Args:
        tables: what a settings file would hold; tuples and numbers of numpy are taken as lists and numbers.
        origin: who asks; messages name it.
        overrides: ``table.key=value`` each, as for :func:`read_settings`.
        flags: dotted key to the flag that set it, for messages.

    Raises:
        UsageError: with every fault at once.
    """
    return _checked(tables, Origin(name=origin, flags=dict(flags or {})), overrides)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")  # editors on Windows put a byte-order mark in front
    except FileNotFoundError as error:
        siblings = [other.name for other in path.parent.glob("*.toml")] if path.parent.is_dir() else []
        fix = did_you_mean(path.name, siblings) or "Write one: seqwise init classify --out settings.toml"
        raise UsageError(Problem(where=str(path), what="there is no such file.", fix=fix)) from error
    except UnicodeDecodeError as error:
        what = f"is not UTF-8: byte {error.start} is 0x{error.object[error.start]:02x}."
        raise UsageError(Problem(where=str(path), what=what, fix="Save it as UTF-8.")) from error
    except OSError as error:
        what = f"cannot be read: {error.strerror or error}."
        raise UsageError(Problem(where=str(path), what=what, fix="Name a settings file.")) from error


def _parsed(text: str, path: Path) -> Tables:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        match = POSITION.fullmatch(str(error))
        if match is None:  # the end of the file came too early
            line, column, what = text.count("\n") + 1, 1, str(error).removesuffix(" (at end of document)")
        else:
            what, line, column = match.group(1), int(match.group(2)), int(match.group(3))
        fix = "TOML writes text in quotes, lists as [1, 2], tables as [name], truth as true or false."
        problem = Problem(where=f"{path}:{line}:{column}", what=f"is not TOML: {what[:1].lower()}{what[1:]}.", fix=fix)
        raise UsageError(problem) from error


def _with_paths(tables: Tables, folder: Path) -> Tables:
    """The tables with those paths that exist beside the settings file."""
    result = dict(tables)
    for table, key in PATH_KEYS:
        inner = result.get(table)
        if isinstance(inner, Mapping):
            value = cast("Tables", inner).get(key)
            if isinstance(value, str) and value and _exists(folder / value):
                result[table] = {**cast("Tables", inner), key: _tidy(folder / value)}
    return result


def _exists(path: Path) -> bool:
    """Whether a file is there; of two files under one name the first."""
    sides = sides_of(str(path))
    return (path if sides is None else Path(sides.source)).exists()


def _tidy(path: Path) -> str:
    """The path without ``..`` in its middle, unless a link makes that another place."""
    short = Path(os.path.normpath(path))
    return str(short if short.exists() and short.samefile(path) else path)


def _checked(tables: Tables, origin: Origin, overrides: Sequence[str]) -> LoadedSettings:
    problems: list[Problem] = []
    parsed = [parse_override(text) for text in overrides]
    asked = [item for item in parsed if isinstance(item, Override)]
    problems.extend(item for item in parsed if isinstance(item, Problem))
    merged = plain(tables)
    for override in asked:
        problem = merge(merged, override)
        problems.extend([] if problem is None else [problem])
    flags = {**origin.flags, **{override.key: f"--set {override.key}" for override in asked}}
    origin = replace(origin, flags=flags)
    given = tuple(key for key, _ in leaves(merged))
    _bring_checkpoint_tokens(merged)
    merged = with_task_defaults(merged)
    settings, faults = _validated(merged)
    problems.extend(_problem(fault, origin) for fault in faults)
    if problems or settings is None:
        raise UsageError(problems)
    return LoadedSettings(settings=settings, given=given)


def _problem(fault: Fault, origin: Origin) -> Problem:
    place = origin.place(fault.key)
    is_flag = fault.is_missing and fault.key in origin.flags
    return Problem(where=place, what=fault.what, fix=f"Give {place}." if is_flag else fault.fix)


def _bring_checkpoint_tokens(tables: dict[str, object]) -> None:
    """With encoder bert the tokens are those of its checkpoint, so the file need not say it."""
    encoder, prepare = tables.get("encoder"), tables.get("prepare", {})
    if isinstance(encoder, Mapping) and isinstance(prepare, Mapping) and cast("Tables", encoder).get("name") == "bert":
        tables["prepare"] = {"tokens": "checkpoint", **cast("Tables", prepare)}


def _validated(tables: Tables) -> tuple[Settings | None, list[Fault]]:
    """Settings, or all faults: those of single keys, and those of keys together as far as the sound ones tell."""
    unbounded = [Fault(key, f"found {shown(value)}; allowed: a finite number.") for key, value in endless(tables)]
    if unbounded:
        tables = repaired(tables, [fault.key for fault in unbounded])
    try:
        settings = _validate(tables)
    except ValidationError as error:
        faults = faults_of(error.errors(include_url=False))
        return None, [*unbounded, *faults, *_rules_of_the_rest(tables, [*unbounded, *faults])]
    return settings, [*unbounded, *broken_rules(settings)]


def _validate(tables: Tables) -> Settings:
    # By way of JSON, where pydantic can be strict (the text "3" is no number) and still takes a list for a tuple.
    return Settings.model_validate_json(json.dumps(tables), strict=True)


def _rules_of_the_rest(tables: Tables, faults: Sequence[Fault]) -> list[Fault]:
    """Faults of keys together, none of which has a fault of its own."""
    wrong = [fault.key for fault in faults]
    try:
        settings = _validate(repaired(tables, wrong))
    except ValidationError:
        return []
    return [
        fault for fault in broken_rules(settings) if not any(_touch(key, wrong) for key in (fault.key, *fault.also))
    ]


def _touch(key: str, wrong: Sequence[str]) -> bool:
    """Whether a key is wrong, or lies in a table that is, or holds a wrong one."""
    return any(f"{key}.".startswith(f"{other}.") or f"{other}.".startswith(f"{key}.") for other in wrong)
