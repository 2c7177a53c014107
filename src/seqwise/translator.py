"""scikit-learn style front door for texts that are answered by texts: the road of ``seqwise fit --task translate``."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Self

from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from seqwise.answers import Translations
from seqwise.errors import DataError, Problem
from seqwise.evaluate.scores import metric_value
from seqwise.in_memory import train_in_memory
from seqwise.predict import Predictor
from seqwise.read.memory import MEMORY, pairs_in_memory, rows_in_memory
from seqwise.read.splits import split_rows
from seqwise.records import Finding, Scores
from seqwise.settings.reading import settings_from_tables


class Translator(BaseEstimator):
    """Writes a text for a text: an encoder, and a decoder that looks at its states.

    Args:
        encoder: ``transformer`` or ``recurrent``.
        cell: of the decoder: ``transformer``, ``gru`` or ``lstm``.
        tokens: subword, word or character.
        beam: paths that the search keeps; 1 is greedy.
        epochs: passes over the training pairs at most.
        batch_size: pairs of a batch.
        learning_rate: highest rate.
        validation: share of the pairs held out to choose by, 0 to 1.
        seed: of split, weights, order and dropout.
        settings: tables of a settings file that say the rest, e.g. ``{"head": {"hidden": 128}}``.
        run_folder: where the run folder with its report stays; None: a temporary one, removed afterwards.

    Attributes:
        scores_: scores on validation pairs, with baselines and verdict.
        findings_: what the checks found.

    Example:
        >>> translator = Translator(encoder="recurrent", cell="gru", epochs=5)
    """

    def __init__(  # noqa: PLR0913 - scikit-learn wants every setting as an own argument
        self,
        *,
        encoder: str = "transformer",
        cell: str = "transformer",
        tokens: str = "subword",
        beam: int = 5,
        epochs: int = 10,
        batch_size: int = 64,
        learning_rate: float = 1e-3,
        validation: float = 0.1,
        seed: int = 0,
        settings: Mapping[str, Mapping[str, object]] | None = None,
        run_folder: str | None = None,
    ) -> None:
        self.encoder = encoder
        self.cell = cell
        self.tokens = tokens
        self.beam = beam
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.validation = validation
        self.seed = seed
        self.settings = settings
        self.run_folder = run_folder

    def fit(self, X: Sequence[str], y: Sequence[str]) -> Self:  # noqa: N803 - scikit-learn's name
        """Train on sources and their targets.

        Raises:
            DataError: if they differ in number, or one is no text or is blank.
            UsageError: if a setting is wrong.
        """
        tables: dict[str, dict[str, object]] = {
            "data": {"train": MEMORY, "validation": self.validation},
            "prepare": {"tokens": self.tokens},
            "encoder": {"name": self.encoder},
            "head": {"cell": self.cell, "beam": self.beam},
            "training": {"epochs": self.epochs, "batch_size": self.batch_size, "learning_rate": self.learning_rate},
            "runtime": {"seed": self.seed},
        }
        for name, table in (self.settings or {}).items():
            tables[name] = {**tables.get(name, {}), **table}
        loaded = settings_from_tables({"task": "translate", **tables}, origin=type(self).__name__)
        rows = pairs_in_memory(_texts(X, "X"), _texts(y, "y"))
        splits = split_rows(rows, loaded.settings.data, seed=self.seed)
        self.predictor_: Predictor
        self.predictor_, result = train_in_memory(loaded, splits, folder=self.run_folder)
        self.scores_: Scores | None = result.scores
        self.findings_: tuple[Finding, ...] = result.findings
        return self

    def predict(self, X: Sequence[str]) -> list[str]:  # noqa: N803 - scikit-learn's name
        """A text for each source.

        Raises:
            DataError: if a source is no text.
        """
        check_is_fitted(self, "predictor_")
        sources = _texts(X, "X")
        if not sources:
            return []
        found = self.predictor_.predict(rows_in_memory(sources))
        assert isinstance(found, Translations)
        return list(found.texts)

    def score(self, X: Sequence[str], y: Sequence[str]) -> float:  # noqa: N803 - scikit-learn's name
        """BLEU, 0 to 100, as sacreBLEU has it."""
        check_is_fitted(self, "predictor_")
        rows = pairs_in_memory(_texts(X, "X"), _texts(y, "y"))
        found = self.predictor_.predict(rows)
        assert isinstance(found, Translations)
        return metric_value(replace(found, truth=rows.targets), "bleu")


def _texts(values: Sequence[object], name: str) -> list[str]:
    if isinstance(values, str):
        raise DataError(Problem(name, "found one text, not a list of texts.", "Write [text]."))
    texts: list[str] = []
    for number, text in enumerate(values):
        if not isinstance(text, str) or not text.strip():
            told = "a blank text" if isinstance(text, str) else type(text).__name__
            raise DataError(Problem(f"{name}[{number}]", f"found {told}.", "Give a list of texts, none of them blank."))
        texts.append(text)
    return texts
