"""scikit-learn style front door: ``SequenceClassifier`` goes the same road as ``seqwise fit``, from lists in memory."""

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from seqwise import workflow
from seqwise.errors import DataError, Problem
from seqwise.predict import Predictor, load_predictor
from seqwise.read.splits import split_rows
from seqwise.records import Array, Finding, Rows, Scores
from seqwise.run_folder import RunFolder
from seqwise.settings.reading import settings_from_tables
from seqwise.stations import Stations

MEMORY = "memory"


class SequenceClassifier(ClassifierMixin, BaseEstimator):
    """Classifies texts, in scikit-learn's way: works in ``Pipeline``, ``cross_val_score`` and ``GridSearchCV``.

    Args:
        encoder: a name of ``seqwise list encoders``.
        checkpoint: for ``encoder="bert"``: a folder, all-MiniLM-L6-v2, or a hub id.
        stand_on: a baseline for the head to stand on, or an empty string.
        tokens: word, character, subword or morpheme; a checkpoint brings its own.
        epochs: passes over the training rows at most.
        batch_size: rows of a batch.
        learning_rate: highest rate.
        validation: share of the rows held out to choose by, 0 to 1.
        seed: of split, weights, order and dropout.
        settings: tables of a settings file that say the rest, e.g. ``{"encoder": {"hidden": 64}}``.
        run_folder: where the run folder with its report stays; None: a temporary one, removed afterwards.

    Attributes:
        classes_: the labels in the order of the probabilities.
        scores_: scores on validation rows, with baselines and verdict.
        findings_: what the checks found.

    Example:
        >>> classifier = SequenceClassifier(encoder="bag", epochs=2)
    """

    def __init__(  # noqa: PLR0913 - scikit-learn wants every setting as an own argument
        self,
        *,
        encoder: str = "bag",
        checkpoint: str = "",
        stand_on: str = "",
        tokens: str = "word",
        epochs: int = 3,
        batch_size: int = 32,
        learning_rate: float = 1e-3,
        validation: float = 0.1,
        seed: int = 0,
        settings: Mapping[str, Mapping[str, object]] | None = None,
        run_folder: str | None = None,
    ) -> None:
        self.encoder = encoder
        self.checkpoint = checkpoint
        self.stand_on = stand_on
        self.tokens = tokens
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.validation = validation
        self.seed = seed
        self.settings = settings
        self.run_folder = run_folder

    def fit(self, X: Iterable[str], y: Sequence[object] | NDArray[np.generic]) -> Self:  # noqa: N803 - scikit-learn's name
        """Train on texts and labels.

        Raises:
            DataError: if texts and labels differ in number, a text is not a string, or a label is missing.
            UsageError: if a setting is wrong.
        """
        texts = _texts(X)
        labels = _labels(y)
        if len(labels) != len(texts):
            raise DataError(
                Problem(
                    where="y", what=f"has {len(labels)} labels for {len(texts)} texts.", fix="Give one label a text."
                )
            )
        self.classes_ = np.unique(labels)
        names = tuple(str(value) for value in self.classes_.tolist())
        loaded = settings_from_tables(self._tables(names), origin="SequenceClassifier")
        rows = _rows(texts, [str(value) for value in labels.tolist()])
        splits = split_rows(rows, loaded.settings.data, seed=self.seed)
        with tempfile.TemporaryDirectory() as temporary:
            run = RunFolder(Path(self.run_folder or Path(temporary) / "run"))
            run.claim(is_fresh=False, is_resume=False)
            try:
                workflow.fit_splits(loaded, splits, run=run, stations=Stations(), is_quiet=True)
            finally:
                run.release()
            result = workflow.finished(run, language=loaded.settings.runtime.lang)
            self.predictor_: Predictor = load_predictor(run.model)
        self.scores_: Scores | None = result.scores
        self.findings_: tuple[Finding, ...] = result.findings
        return self

    def predict_proba(self, X: Iterable[str]) -> Array:  # noqa: N803 - scikit-learn's name
        """Probabilities, shape (text, class), columns as in ``classes_``."""
        check_is_fitted(self, "predictor_")
        return self.predictor_.probabilities(_texts(X))

    def predict(self, X: Iterable[str]) -> NDArray[np.generic]:  # noqa: N803 - scikit-learn's name
        """The most probable class of each text, of the type of the labels given to ``fit``."""
        return self.classes_[self.predict_proba(X).argmax(axis=1)]

    def _tables(self, labels: tuple[str, ...]) -> dict[str, object]:
        encoder: dict[str, object] = {"name": self.encoder}
        if self.checkpoint:
            encoder["checkpoint"] = self.checkpoint
        tables: dict[str, dict[str, object]] = {
            "data": {"train": MEMORY, "validation": self.validation, "labels": list(labels)},
            "encoder": encoder,
            "head": {"stand_on": self.stand_on},
            "prepare": {} if self.encoder == "bert" else {"tokens": self.tokens},
            "training": {"epochs": self.epochs, "batch_size": self.batch_size, "learning_rate": self.learning_rate},
            "runtime": {"seed": self.seed},
        }
        for name, table in (self.settings or {}).items():
            tables[name] = {**tables.get(name, {}), **table}
        return {"task": "classify", **tables}


def _texts(values: Iterable[str]) -> list[str]:
    """A list of strings from a list, an array, a generator, or a column or one-column frame of pandas or polars."""
    if isinstance(values, str):
        raise DataError(Problem(where="X", what="found one text, not a list of texts.", fix="Write [text]."))
    whole = list(values) if isinstance(values, Iterator) else values
    texts = _column(np.asarray(whole, dtype=object)).tolist()
    for number, text in enumerate(texts):
        if not isinstance(text, str):
            raise DataError(
                Problem(
                    where=f"X[{number}]",
                    what=f"found {type(text).__name__}, not a text.",
                    fix="Give a list of strings.",
                )
            )
    return texts


def _labels(values: Sequence[object] | NDArray[np.generic]) -> NDArray[np.generic]:
    """One label a row, of the caller's own type; none may be missing."""
    labels = _column(np.asarray(values))
    for number, label in enumerate(labels.tolist()):
        if label is None or label != label:
            raise DataError(
                Problem(where=f"y[{number}]", what=f"found {label}, not a label.", fix="Leave rows without label out.")
            )
    return labels


def _column(array: NDArray[np.generic]) -> NDArray[np.generic]:
    return array[:, 0] if array.ndim == 2 and array.shape[1] == 1 else array


def _rows(texts: list[str], labels: list[str]) -> Rows:
    numbers = np.arange(len(texts), dtype=np.int64)
    return Rows(
        ids=tuple(map(str, numbers.tolist())),
        texts=tuple(texts),
        files=(MEMORY,),
        file_of=np.zeros(len(texts), dtype=np.int64),
        lines=numbers + 1,
        labels=tuple(labels),
    )
