"""The flags of ``seqwise fit`` in, checked settings out; or a settings file, with which flags do not go."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from seqwise.errors import Problem, UsageError
from seqwise.settings.reading import LoadedSettings, read_settings, settings_from_tables

# Flag to the key that it sets.
KEYS = {
    **{name: f"data.{name}" for name in ("train", "text", "label", "validation", "test")},
    **{name: f"data.{name}" for name in ("time", "unit", "value", "known")},
    **{name: f"prepare.{name}" for name in ("input", "horizon")},
    "encoder": "encoder.name",
}
# Flags that name a file, or a share of the training rows; and flags that name several columns.
SHARES, COLUMNS = frozenset({"validation", "test"}), frozenset({"unit", "value", "known"})
OF_TEXT = frozenset({"text", "label"})
OF_SERIES = COLUMNS | {"input", "horizon"}
FORECAST = "forecast"
# The encoder of a run that names none: the smallest, which trains in seconds on a laptop. It does not tell the steps of
# a series apart, so there it is the smallest that does.
DEFAULT_ENCODER = "bag"
DEFAULT_ENCODER_OF_SERIES = "recurrent"


def settings_of(
    file: Path | None, task: str | None, *, flags: Mapping[str, str | int | None], overrides: Sequence[str]
) -> LoadedSettings:
    """The settings of a file, or those that the flags make.

    Args:
        file: a settings file, or None.
        task: what to train, or None.
        flags: by the names of `KEYS`; None: not given.
        overrides: as for `seqwise.settings.reading.read_settings`.

    Raises:
        UsageError: with every fault at once; if there is neither file nor task, or both, or a flag is another task's.
    """
    given = {name: value for name, value in flags.items() if value is not None}
    if (file is None) == (task is None):
        what = "give a settings file or --task, and not both." if task else "nothing says what to train."
        fix = "For example: seqwise fit settings.toml, or seqwise fit --task classify --train rows.csv"
        raise UsageError(Problem(where="seqwise fit", what=what, fix=fix))
    if file is not None:
        fix = 'Write it into the file, or: --set {key}="{value}"'
        _refuse(given, given, "goes with --task and not with a settings file.", fix=fix)
        return read_settings(file, overrides=overrides)
    if task == FORECAST:
        _refuse(given, OF_TEXT, "is for text; series have --time, --unit and --value.")
    else:
        _refuse(given, OF_SERIES, f"goes with --task {FORECAST} alone.")
    tables: dict[str, dict[str, object]] = {}
    default = DEFAULT_ENCODER_OF_SERIES if task == FORECAST else DEFAULT_ENCODER
    for name, value in {"encoder": default, **given}.items():
        table, key = KEYS[name].split(".")
        tables.setdefault(table, {})[key] = _value(name, value)
    named = {key: f"--{name}" for name, key in KEYS.items()} | {"task": "--task"}
    return settings_from_tables({"task": task, **tables}, origin=f"--task {task}", overrides=overrides, flags=named)


def _refuse(given: Mapping[str, str | int], names: Iterable[str], what: str, *, fix: str = "Leave it out.") -> None:
    problems = [
        Problem(f"--{name}", what, fix.format(key=KEYS[name], value=value))
        for name, value in given.items()
        if name in names
    ]
    if problems:
        raise UsageError(problems)


def _value(name: str, value: str | int) -> object:
    if isinstance(value, str) and name in SHARES:
        return _file_or_share(value)
    return value.split(",") if isinstance(value, str) and name in COLUMNS else value


def _file_or_share(value: str) -> str | float:
    """A number is a share, unless a file has that name."""
    if Path(value).exists():
        return value
    try:
        return float(value)
    except ValueError:
        return value
