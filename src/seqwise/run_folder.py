"""A run folder: claimed by one process, never overwritten by accident, each file written whole or not at all."""

import hashlib
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from seqwise.answers import Answers, Translations
from seqwise.errors import DataError, Problem, UsageError
from seqwise.horizons import Horizons
from seqwise.records import FlatUnits, Indices, Predictions, TaggedTexts
from seqwise.series_records import Forecasts
from seqwise.spans.schemes import Scheme, spans_of

LOCK = "lock.json"
# Columns that scores of what was written need.
OF_TEXTS = ("id", "source", "truth", "prediction")
OF_NUMBERS = ("id", "unit", "origin", "step", "time", "channel", "truth", "prediction", "block", "error_scale")


@dataclass(frozen=True)
class RunFolder:
    """The folder of one run; the names of its files are a contract (docs/architecture.md)."""

    path: Path

    @property
    def model(self) -> Path:
        """The trained model."""
        return self.path / "model"

    @property
    def is_complete(self) -> bool:
        """Whether the run has come to its scores and its model."""
        return (self.path / "scores.json").exists() and self.model.exists()

    def claim(self, *, is_fresh: bool, is_resume: bool) -> None:
        """Make the folder this process's own.

        Raises:
            UsageError: if the folder exists and neither flag is given, if it holds other things than a run, or if
                another process works in it.
        """
        if self.path.exists() and any(self.path.iterdir()):
            self._refuse_strangers()
            if is_fresh:
                self._keep_aside()
            elif not is_resume:
                raise UsageError(
                    Problem(
                        where=str(self.path),
                        what="exists already and is not overwritten.",
                        fix="Name another folder with --out, go on with --resume, or begin anew with --fresh.",
                    )
                )
        self.path.mkdir(parents=True, exist_ok=True)
        self.write_json(LOCK, {"pid": os.getpid()})

    def release(self) -> None:
        """Give the folder back; one in which nothing was written goes away, and the run that it replaced comes back."""
        (self.path / LOCK).unlink(missing_ok=True)
        if self.path.is_dir() and not any(self.path.iterdir()):
            self.path.rmdir()
            if self._aside.exists():
                self._aside.rename(self.path)
        shutil.rmtree(self._aside, ignore_errors=True)

    def write_text(self, name: str, text: str) -> None:
        """Write a file whole: beside its place, then renamed."""
        target = self.path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = target.with_name(target.name + ".unfinished")
        beside.write_text(text, encoding="utf-8")
        beside.replace(target)

    def write_json(self, name: str, value: object) -> None:
        """Write JSON, readable by people."""
        self.write_text(name, json.dumps(value, ensure_ascii=False, indent=1) + "\n")

    def read_json(self, name: str) -> dict[str, object]:
        """Read JSON that this or an earlier process wrote.

        Raises:
            DataError: if the file is damaged.
        """
        path = self.path / name
        try:
            return json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise DataError(
                Problem(where=str(path), what=f"cannot be read ({error}).", fix="Run again with --fresh.")
            ) from error

    def write_predictions(self, split: str, predictions: Answers) -> None:
        """Write ``predictions/SPLIT.parquet``: :func:`answers_table`, and what scores need beside it.

        Of series ``block``, which a step is drawn with; of numbers ``error_scale``, what their errors are counted in,
        and ``naive_error``, that of the naive forecast in training, where it is known.
        """
        target = self.path / "predictions" / f"{split}.parquet"
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = target.with_name(target.name + ".unfinished")
        table = answers_table(predictions)
        horizons = None if isinstance(predictions, Translations) else predictions.horizons
        if horizons is not None:
            each = table.height // max(1, len(horizons))
            table = table.with_columns(
                block=np.repeat(np.arange(len(horizons.blocks) - 1), np.diff(horizons.blocks) * each)
            )
        if isinstance(predictions, Forecasts):
            table = table.with_columns(**_scales_of(predictions))
        table.write_parquet(beside)
        beside.replace(target)

    def read_predictions(self, split: str, *, scheme: Scheme | None = None) -> Predictions | None:
        """What :meth:`write_predictions` wrote of labels, tags or states; None of numbers.

        Entities, also the true ones, are read from the tags: those that no tags hold are not seen.

        Args:
            split: its name.
            scheme: of tags that hold entities.

        Raises:
            DataError: if the file is not there or damaged.
        """
        table = self._predicted(split)
        return _predictions_of(table, scheme) if any(name.startswith("p_") for name in table.columns) else None

    def read_texts(self, split: str, *, cut: str) -> Translations:
        """What :meth:`write_predictions` wrote of translations, without what the model was told.

        Args:
            split: its name.
            cut: how BLEU cuts texts into words.

        Raises:
            DataError: if the file is not there or damaged, or holds no translations.
        """
        table = self._predicted(split, needs=OF_TEXTS, lacking="these are no translations.")
        ids, sources, truth, texts = (table[name].to_list() for name in OF_TEXTS)
        return Translations(ids, sources, texts, truth=truth, cut=cut)

    def read_numbers(self, split: str) -> Forecasts:
        """What :meth:`write_predictions` wrote of numbers to come.

        Raises:
            DataError: if the file is not there or damaged, or holds no numbers with all that scores need.
        """
        lacking = "these are no numbers, or an older version wrote them."
        return _forecasts_of(self._predicted(split, needs=OF_NUMBERS, lacking=lacking))

    def _predicted(self, split: str, *, needs: Sequence[str] = (), lacking: str = "") -> pl.DataFrame:
        """The table of a split; ``lacking`` says what it means if it has not all of the columns that are needed."""
        path = self.path / "predictions" / f"{split}.parquet"
        try:
            table = pl.read_parquet(path)
        except (OSError, pl.exceptions.PolarsError) as error:
            raise DataError(Problem(str(path), f"cannot be read ({error}).", "Run again with --fresh.")) from error
        missing = [name for name in needs if name not in table.columns]
        if missing:
            what = f"holds no column {', '.join(missing)}: {lacking}"
            raise DataError(Problem(str(path), what, "Run again with --fresh."))
        return table

    @property
    def _aside(self) -> Path:
        """Where the run that a fresh one replaces waits until the fresh one has written something."""
        return self.path.with_name(f".{self.path.name}.replaced")

    def _keep_aside(self) -> None:
        shutil.rmtree(self._aside, ignore_errors=True)
        self.path.rename(self._aside)

    def _refuse_strangers(self) -> None:
        is_run = (self.path / "settings.toml").exists() or (self.path / LOCK).exists()
        if not is_run:
            raise UsageError(
                Problem(
                    where=str(self.path),
                    what="is a folder with other things in it, not a run.",
                    fix="Name another folder with --out.",
                )
            )
        owner = self._owner()
        if owner is not None:
            raise UsageError(
                Problem(
                    where=str(self.path),
                    what=f"is in use by process {owner}.",
                    fix="Wait for it, stop it, or name another folder with --out.",
                )
            )

    def _owner(self) -> int | None:
        try:
            pid = int(json.loads((self.path / LOCK).read_text(encoding="utf-8"))["pid"])
        except (OSError, ValueError, KeyError):
            return None
        return pid if pid != os.getpid() and _is_alive(pid) else None


def predictions_table(predictions: Predictions) -> pl.DataFrame:
    """Columns id, truth (when known), prediction, and one p_<label> for each label.

    Where units inside texts were tagged, a row is a unit: id is that of its text, and start and end are its characters.
    """
    names = predictions.labels
    columns: dict[str, object] = {"id": list(predictions.ids)}
    if predictions.tagged is not None:
        columns["start"], columns["end"] = predictions.tagged.units.edges.T
    if predictions.truth is not None:
        columns["truth"] = [names[i] for i in predictions.truth.tolist()]
    columns["prediction"] = [names[i] for i in predictions.predicted.tolist()]
    for number, name in enumerate(names):
        columns[f"p_{name}"] = predictions.probabilities[:, number]
    return pl.DataFrame(columns)


def _predictions_of(table: pl.DataFrame, scheme: Scheme | None) -> Predictions:
    columns = [name for name in table.columns if name.startswith("p_")]
    labels = tuple(name.removeprefix("p_") for name in columns)
    numbers = {label: number for number, label in enumerate(labels)}
    truth, decoded = (
        np.array([numbers[name] for name in table[column].to_list()], dtype=np.int64)
        for column in ("truth", "prediction")
    )
    found = Predictions(
        ids=tuple(table["id"].to_list()),
        labels=labels,
        probabilities=table.select(columns).to_numpy().astype(np.float64),
        truth=truth,
        decoded=decoded,
    )
    if "start" in table.columns:
        return replace(found, tagged=_tagged_of(table, scheme))
    return replace(found, horizons=_horizons_of(table)) if "block" in table.columns else found


def _starts_of(table: pl.DataFrame, column: str) -> Indices:
    """Where runs of equal values begin, and the end, shape (run + 1,)."""
    return np.append(np.flatnonzero(table[column].ne_missing(table[column].shift(1)).to_numpy()), table.height)


def _tagged_of(table: pl.DataFrame, scheme: Scheme | None) -> TaggedTexts:
    units = FlatUnits(table.select("start", "end").to_numpy(), _starts_of(table, "id"))
    if scheme is None:
        return TaggedTexts(units)
    found, gold = (
        [spans_of(tags[begin:end], scheme) for begin, end in pairwise(units.offsets.tolist())]
        for tags in (table["prediction"].to_list(), table["truth"].to_list())
    )
    return TaggedTexts(units, found=[tuple(each) for each in found], gold=[tuple(each) for each in gold])


def _scales_of(forecasts: Forecasts) -> dict[str, Any]:
    """A number for each of the forecasts, in the order of :func:`numbers_table`."""
    scales: dict[str, Any] = {"error_scale": np.broadcast_to(forecasts.error_scale, forecasts.point.shape).ravel()}
    if forecasts.scales is not None:
        scales["naive_error"] = np.broadcast_to(forecasts.scales[:, None], forecasts.point.shape).ravel()
    return scales


def _forecasts_of(table: pl.DataFrame) -> Forecasts:
    n_channels = table["channel"].n_unique()
    horizons = _horizons_of(table.gather_every(n_channels))
    shape = (len(horizons), horizons.horizon, n_channels)
    truth, point, error_scale = (
        table[name].to_numpy().reshape(shape) for name in ("truth", "prediction", "error_scale")
    )
    levels = [name for name in table.columns if name.startswith("q_")]
    return Forecasts(
        horizons=horizons,
        channels=tuple(table["channel"].head(n_channels).to_list()),
        point=point,
        error_scale=error_scale[0, 0],
        levels=tuple(float(name.removeprefix("q_")) for name in levels),
        quantiles=table.select(levels).to_numpy().reshape(*shape, -1) if levels else None,
        truth=truth,
        scales=table["naive_error"].to_numpy().reshape(shape)[:, 0] if "naive_error" in table.columns else None,
    )


def _horizons_of(table: pl.DataFrame) -> Horizons:
    horizon = int(table["step"].to_numpy().max())
    windows = table.gather_every(horizon)
    return Horizons(
        units=tuple(windows["unit"].to_list()),
        origins=tuple(windows["origin"].to_list()),
        times=tuple(table["time"].to_list()),
        horizon=horizon,
        blocks=_starts_of(windows, "block"),
    )


def answers_table(answers: Answers) -> pl.DataFrame:
    """A row a text, a unit of it, a step of a window, a number to come, or a text that was written."""
    if isinstance(answers, Forecasts):
        return numbers_table(answers)
    if isinstance(answers, Translations):
        return texts_table(answers)
    return predictions_table(answers) if answers.horizons is None else states_table(answers, answers.horizons)


def states_table(predictions: Predictions, horizons: Horizons) -> pl.DataFrame:
    """A row a step to come: id, unit, origin, step from 1, time, truth, prediction, p_<state>."""
    table = predictions_table(predictions)
    steps = pl.DataFrame(_steps(horizons, each=1))
    return pl.concat([table.select("id"), steps, table.drop("id")], how="horizontal")


def numbers_table(forecasts: Forecasts) -> pl.DataFrame:
    """A row a number: id, unit, origin, step from 1, time, channel, truth (when known), prediction, and q_<level>."""
    n_channels = len(forecasts.channels)
    columns = _steps(forecasts.horizons, each=n_channels)
    columns = {"id": np.repeat(forecasts.ids, forecasts.horizons.horizon * n_channels).tolist(), **columns}
    columns["channel"] = list(forecasts.channels) * (len(columns["id"]) // n_channels)
    if forecasts.truth is not None:
        columns["truth"] = forecasts.truth.ravel()
    columns["prediction"] = forecasts.point.ravel()
    for number, level in enumerate(forecasts.levels):
        assert forecasts.quantiles is not None
        columns[f"q_{level:g}"] = forecasts.quantiles[..., number].ravel()
    return pl.DataFrame(columns)


def texts_table(translations: Translations) -> pl.DataFrame:
    """A row a text: id, source, truth (when known), prediction, and of a model what it says of its own text.

    ``log_probability`` is that of the prediction, its end counted; ``has_ended`` is False where the longest length cut
    it off; ``truth_loss`` is the negative log-likelihood of the truth, of ``truth_tokens`` tokens; natural logarithms.
    """
    columns: dict[str, object] = {"id": list(translations.ids), "source": list(translations.sources)}
    if translations.truth is not None:
        columns["truth"] = list(translations.truth)
    columns["prediction"] = list(translations.texts)
    if translations.log_probabilities is not None:
        columns["log_probability"], columns["has_ended"] = translations.log_probabilities, translations.has_ended
    if translations.told_truth is not None:
        columns["truth_loss"], columns["truth_tokens"] = (
            translations.told_truth.losses,
            translations.told_truth.n_tokens,
        )
    return pl.DataFrame(columns)


def _steps(horizons: Horizons, *, each: int) -> dict[str, Any]:
    """Unit, origin, step and time of each step to come, every one ``each`` times."""
    n = horizons.horizon * each
    return {
        "unit": np.repeat(horizons.units, n).tolist(),
        "origin": np.repeat(horizons.origins, n).tolist(),
        "step": np.tile(np.repeat(np.arange(1, horizons.horizon + 1), each), len(horizons)),
        "time": np.repeat(horizons.times, each).tolist(),
    }


def code_hash() -> str:
    """SHA-256 over the package's own sources, so that a number can be tied to the code that made it."""
    root = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def changed_files(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Data files whose content is not what it was when the run began."""
    return sorted(path for path, digest in now.items() if before.get(path, digest) != digest)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
