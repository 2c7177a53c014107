"""scikit-learn style front doors: the same road as ``seqwise fit``, from lists in memory."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, pairwise
from typing import Self, TypeVar

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from seqwise.errors import DataError, Problem, UsageError
from seqwise.evaluate.entities import count_entities
from seqwise.in_memory import train_in_memory
from seqwise.predict import Predictor
from seqwise.read.memory import MEMORY, rows_in_memory
from seqwise.read.splits import split_rows
from seqwise.read.tagged.lists import annotate, sentences_in_memory
from seqwise.read.tagged.reading import NO_SCHEME, SCHEMES
from seqwise.records import Array, Finding, Predictions, Rows, Scores, TaggedTexts
from seqwise.settings.reading import LoadedSettings, settings_from_tables
from seqwise.spans.schemes import tags_of
from seqwise.spans.units import unit_spans
from seqwise.tasks.tag_answers import entity_objects, tags_by_text
from seqwise.tasks.tag_steps import Steps

Number = TypeVar("Number", bound=np.generic)
Sentences = Iterable[str] | Iterable[Sequence[str]]


class _OnRoad(BaseEstimator):
    """Settings as arguments, and one run of the road; what it leaves is what the estimators stand on."""

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

    def _loaded(self, task: str, data: Mapping[str, object]) -> LoadedSettings:
        encoder: dict[str, object] = {"name": self.encoder}
        if self.checkpoint:
            encoder["checkpoint"] = self.checkpoint
        tables: dict[str, dict[str, object]] = {
            "data": {"train": MEMORY, "validation": self.validation, **data},
            "encoder": encoder,
            "head": {"stand_on": self.stand_on},
            "prepare": {} if self.encoder == "bert" else {"tokens": self.tokens},
            "training": {"epochs": self.epochs, "batch_size": self.batch_size, "learning_rate": self.learning_rate},
            "runtime": {"seed": self.seed},
        }
        for name, table in (self.settings or {}).items():
            tables[name] = {**tables.get(name, {}), **table}
        return settings_from_tables({"task": task, **tables}, origin=type(self).__name__)

    def _train(self, loaded: LoadedSettings, rows: Rows) -> None:
        splits = split_rows(rows, loaded.settings.data, seed=loaded.settings.runtime.seed)
        self.predictor_: Predictor
        self.predictor_, result = train_in_memory(loaded, splits, folder=self.run_folder)
        self.scores_: Scores | None = result.scores
        self.findings_: tuple[Finding, ...] = result.findings


class SequenceClassifier(ClassifierMixin, _OnRoad):
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
        loaded = self._loaded("classify", {"labels": list(names)})
        self._train(loaded, replace(rows_in_memory(texts), labels=tuple(str(value) for value in labels.tolist())))
        return self

    def predict_proba(self, X: Iterable[str]) -> Array:  # noqa: N803 - scikit-learn's name
        """Probabilities, shape (text, class), columns as in ``classes_``."""
        check_is_fitted(self, "predictor_")
        return self.predictor_.probabilities(_texts(X))

    def predict(self, X: Iterable[str]) -> NDArray[np.generic]:  # noqa: N803 - scikit-learn's name
        """The most probable class of each text, of the type of the labels given to ``fit``."""
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


class SequenceTagger(_OnRoad):
    """Tags the words of sentences, or marks entities in texts; works in ``cross_val_score`` and ``GridSearchCV``.

    A sentence is a list of words, and ``y`` has a list of tags for each: those of entities in any scheme (BIO, BIOES,
    ...), which is found out and never guessed, or each word's own, such as parts of speech, with ``scheme="none"``.
    Or all sentences are texts, and ``y`` has a list of ``(start, end, label)`` for each, characters of the text.

    Args:
        encoder: as all that is not named here, of :class:`SequenceClassifier`.
        scheme: of the tags: ``auto``, ``BIO``, ``IOB1``, ``BIOES``, ``BILOU``, or ``none``: each word has its own tag.

    Attributes:
        classes_: the tags that the model knows, in the order of the probabilities. Entities have those of
            ``prepare.scheme``, which may be another scheme than that of ``y``.
        scheme_: of the tags given to ``fit``, ``none`` for words' own tags.
        scores_: scores on validation rows, with baselines and verdict.
        findings_: what the checks found.

    Example:
        >>> tagger = SequenceTagger(encoder="window", epochs=2)
    """

    def __init__(  # noqa: PLR0913 - scikit-learn wants every setting as an own argument
        self,
        *,
        encoder: str = "window",
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
        scheme: str = "auto",
    ) -> None:
        super().__init__(
            encoder=encoder,
            checkpoint=checkpoint,
            stand_on=stand_on,
            tokens=tokens,
            epochs=epochs,
            batch_size=batch_size,
            learning_rate=learning_rate,
            validation=validation,
            seed=seed,
            settings=settings,
            run_folder=run_folder,
        )
        self.scheme = scheme

    def fit(self, X: Sentences, y: Iterable[object]) -> Self:  # noqa: N803 - scikit-learn's name
        """Train on sentences and their tags, or on texts and their spans.

        Raises:
            DataError: if a sentence and its tags differ in number, tags or spans have faults (all are told, with
                sentence, place and nearest valid tag), the scheme cannot be told, or something is not what it should.
            UsageError: if a setting is wrong.
        """
        loaded = self._loaded("tag", {"scheme": self.scheme})
        sentences = sentences_in_memory(X)
        rows, self.scheme_ = annotate(sentences, y, scheme=loaded.settings.data.scheme)
        self._train(loaded, rows)
        self.takes_words_ = sentences.annotations is not None
        self.classes_ = np.array(self.predictor_.artefact.labels)
        return self

    def predict_proba(self, X: Sentences) -> list[Array]:  # noqa: N803 - scikit-learn's name
        """Probabilities of each sentence, shape (word, class), columns as in ``classes_``; (piece, class) of a text."""
        _, found, tagged = self._answers(X, is_like_fitted=True)
        return _by_sentence(found.probabilities, tagged)

    def predict(self, X: Sentences) -> list[list[str]] | list[list[tuple[int, int, str]]]:  # noqa: N803
        """What ``y`` was at ``fit``: the tags of each sentence, in its scheme, or ``(start, end, label)`` of each text.

        Tags of entities are decoded under the rules of their scheme, so they are not always the most probable ones.

        Raises:
            DataError: if ``fit`` was given words, and these are texts, or the other way round.
        """
        _, found, tagged = self._answers(X, is_like_fitted=True)
        if self.scheme_ == NO_SCHEME:
            return tags_by_text(found)
        if not self.takes_words_:
            return [[(span.start, span.end, span.label) for span in spans] for spans in tagged.found]
        edges = _by_sentence(tagged.units.edges, tagged)
        held = [unit_spans(spans, own) for spans, own in zip(tagged.found, edges, strict=True)]
        return [
            tags_of([span for span in spans if span is not None], len(own), scheme=SCHEMES[self.scheme_])
            for spans, own in zip(held, edges, strict=True)
        ]

    def entities(self, X: Sentences) -> list[list[dict[str, object]]]:  # noqa: N803 - scikit-learn's name
        """The entities of each sentence: ``start``, ``end``, ``label``, ``text``, ``probability``.

        Places are characters: of the text, or of the words joined by a blank. Whatever ``fit`` was given, sentences may
        be texts, which are cut into words where ``fit`` was given words.

        Raises:
            UsageError: if words have tags of their own.
        """
        check_is_fitted(self, "predictor_")
        if self.scheme_ == NO_SCHEME:
            what = "was fitted on tags of words' own, which hold no entities."
            raise UsageError(Problem("SequenceTagger", what, "Ask predict for the tags."))
        rows, found, _ = self._answers(X, is_like_fitted=False)
        return entity_objects(rows, found, steps=Steps())["entities"].to_list()

    def score(self, X: Sentences, y: Iterable[object]) -> float:  # noqa: N803 - scikit-learn's name
        """Strict F1 over all entities, as seqeval has it; where words have tags of their own, accuracy over all words.

        Raises:
            DataError: as ``fit`` does; tags are to be of the scheme that ``fit`` found.
        """
        rows, found, tagged = self._answers(X, is_like_fitted=True)
        gold = annotate(rows, y, scheme=self.scheme_)[0].annotations or ()
        if self.scheme_ == NO_SCHEME:
            pairs = zip(chain(*(each.tags for each in gold)), chain(*tags_by_text(found)), strict=True)
            return float(np.mean([true == said for true, said in pairs]))
        return count_entities([each.entities for each in gold], tagged.found).metrics()["entity_f1"]

    def _answers(self, X: Sentences, *, is_like_fitted: bool) -> tuple[Rows, Predictions, TaggedTexts]:  # noqa: N803
        check_is_fitted(self, "predictor_")
        rows = sentences_in_memory(X)
        is_of_words = rows.annotations is not None
        if is_like_fitted and len(rows) and is_of_words != self.takes_words_:
            given, wanted = ("words", "texts") if is_of_words else ("texts", "words")
            what = f"found {given}; this tagger was fitted on {wanted}."
            raise DataError(Problem("X", what, f"Give {wanted}, or ask entities, which takes both."))
        found = self.predictor_.label(rows)
        assert found.tagged is not None
        return rows, found, found.tagged


def _by_sentence(values: NDArray[Number], tagged: TaggedTexts) -> list[NDArray[Number]]:
    return [values[start:end] for start, end in pairwise(tagged.units.offsets.tolist())]


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
