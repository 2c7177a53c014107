"""A tag for each unit of a text, for entities or parts of speech: the file's words, else the tokenizer's pieces."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from seqwise.artefact import Artefact
from seqwise.baselines.contract import Baseline, TextUnits, ask
from seqwise.baselines.run import LabelledRows, run_baselines
from seqwise.model.network import Network, begin_from
from seqwise.prepare.labels import LabelSet
from seqwise.prepare.tagged import TaggedExamples, prepare_tagged, unit_targets
from seqwise.prepare.tagged_splits import prepare_tagged_splits
from seqwise.prepare.tags import entities_of
from seqwise.prepare.unit_words import UnitWords, fit_unit_words
from seqwise.read.splits import read_tagged_splits
from seqwise.read.tagged.asked import asked_texts, read_like_training
from seqwise.read.tagged.reading import NO_SCHEME
from seqwise.records import (
    Annotation,
    Array,
    Examples,
    FileFacts,
    Indices,
    Predictions,
    Rows,
    Span,
    Splits,
    TaggedTexts,
    Truncation,
)
from seqwise.settings.heads import TagsSettings
from seqwise.settings.root import Settings
from seqwise.settings.stations import DataSettings
from seqwise.spans.decoding import decode, finite_logs
from seqwise.spans.schemes import OUTSIDE, Scheme
from seqwise.tasks.classify import build as build_anew
from seqwise.tasks.classify import probabilities, standing_priors, text_preparation
from seqwise.tasks.contract import AnswerFiles, TaskSpec, Work
from seqwise.tasks.tag_answers import annotated, entity_objects, entity_table, word_objects, word_table
from seqwise.tasks.tag_extension import OldRun, open_old_run, rehearsing
from seqwise.tasks.tag_steps import chosen_steps
from seqwise.tensors import Batch

# A word of plain text: letters and digits, joined by apostrophes or hyphens, or one other character.
WORD = re.compile(r"\w+(?:['’-]\w+)*|[^\w\s]")


@dataclass(frozen=True, kw_only=True)
class TagWork(Work):
    """Tagged texts, prepared; ``scheme`` is None where every unit has a tag of its own.

    Where a run extends an old one, the training texts are the new ones and, behind them, those that are rehearsed.
    """

    splits: Splits
    tagged: Mapping[str, TaggedExamples]
    scheme: Scheme | None
    old: OldRun | None = None


def read(data: DataSettings, seed: int) -> Splits:
    """Tagged files as splits."""
    return read_tagged_splits(data, seed=seed)


def prepare(splits: Splits, settings: Settings, checkpoint: Path | None, cache: Path | None) -> TagWork:
    """Fit tags, tokens and baselines on the training texts, and turn every split into windows with units.

    Args:
        splits: the texts with their annotations.
        settings: all settings.
        checkpoint: folder of the encoder's checkpoint, or None for an encoder from scratch.
        cache: folder where baselines are kept by content, or None.
    """
    old = open_old_run(settings, splits)
    splits = splits if old is None else rehearsing(splits, old)
    named = splits.named()
    known = old and (old.model.labels, text_preparation(old.model))
    prepared = prepare_tagged_splits(splits, settings.prepare, checkpoint=checkpoint, known=known)
    labels, scheme, tagged = prepared.labels, prepared.scheme, prepared.tagged
    units = {name: TextUnits(named[name].texts, each.units, labels.names, scheme) for name, each in tagged.items()}
    targets = tagged["train"].examples.targets
    assert targets is not None
    training = LabelledRows(units["train"], targets, len(labels.names))
    baselines = run_baselines(
        settings.baselines,
        training,
        splits={name: rows for name, rows in units.items() if name != "train"},
        seed=settings.runtime.seed,
        cache=cache,
    )
    words = _words_of(units["train"], settings, old=old)
    priors = standing_priors(training, baselines, settings=settings, cache=cache, groups=_groups(splits.train))
    return TagWork(
        splits=splits,
        preparation=prepared.preparation,
        labels=labels,
        examples={
            name: replace(_with_words(each.examples, units[name], words), priors=priors.get(name))
            for name, each in tagged.items()
        },
        truncation={name: _truncation(each, limit=settings.prepare.max_length) for name, each in tagged.items()},
        baselines=baselines,
        has_words=any(each.words for each in _annotations(splits.train)),
        words=words,
        tagged=tagged,
        scheme=scheme,
        old=old,
    )


def _words_of(units: TextUnits, settings: Settings, *, old: OldRun | None) -> UnitWords | None:
    """The words that the head has vectors for, if it has any."""
    if old is not None:
        return old.model.words
    has_vectors = isinstance(settings.head, TagsSettings) and settings.head.words > 0
    return fit_unit_words(units.surfaces(), settings.prepare) if has_vectors else None


def build(work: Work, settings: Settings, checkpoint: Path | None) -> Network:
    """The network for these texts; where a run extends an old one, with its weights."""
    network = build_anew(work, settings, checkpoint)
    if isinstance(work, TagWork) and work.old is not None:
        begin_from(network, work.old.model.network)
    return network


def predict(network: Network, work: Work, split: str, device: torch.device) -> Predictions:
    """Probabilities for the units of a split, before any temperature, and the tags that are decoded from them."""

    def logits(batch: Batch) -> Float[Tensor, "unit tag"]:
        return network(batch.to(device))

    network.eval()
    return _predictions(probabilities(logits, work.examples[split], head=network.head), work, split)


def answer(model: Artefact, logits: Callable[[Batch], Tensor], rows: Rows) -> Predictions:
    """Probabilities and decoded tags for new texts, before the temperature; words of theirs are the units, if any.

    Texts without words, asked of a model that learned the words of its files, are cut into words here.
    """
    settings, scheme = model.settings.prepare, scheme_of(model.labels, model.settings)
    prepared = prepare_tagged(
        _with_units(rows, has_words=model.has_words),
        text_preparation(model),
        labels=None,
        scheme=scheme,
        split=settings.split,
        overlap=settings.overlap,
    )
    units = TextUnits(rows.texts, prepared.units, model.labels, scheme)
    examples = _with_words(prepared.examples, units, model.words)
    if model.label_baseline is not None:
        examples = replace(examples, priors=ask(model.label_baseline, units).astype(np.float32))
    found = probabilities(logits, examples, head=model.network.head)
    without_truth = replace(rows, annotations=None)
    return decoded_predictions(found, without_truth, tagged=prepared, labels=model.labels, scheme=scheme)


def labelled(source: str, model: Artefact) -> tuple[Rows, FileFacts]:
    """The texts of a tagged file."""
    data = model.settings.data
    scheme = data.scheme if scheme_of(model.labels, model.settings) else NO_SCHEME
    return read_like_training(source, data, scheme=scheme)


def judge(model: Artefact, rows: Rows, found: Predictions) -> Predictions:
    """The answers with the tag numbers of the units, and with all entities of the rows."""
    assert found.tagged is not None
    scheme = scheme_of(model.labels, model.settings)
    truth, _ = unit_targets(rows, found.tagged.units, labels=LabelSet(model.labels), scheme=scheme)
    return replace(found, truth=truth, tagged=replace(found.tagged, gold=_gold(rows) if scheme else None))


def beside(model: Artefact, rows: Rows, found: Predictions, baseline: Baseline[Any]) -> Predictions:
    """What a baseline says of the same units, decoded as the model's answers are."""
    assert found.tagged is not None
    asked_units = TextUnits(rows.texts, found.tagged.units, model.labels, scheme_of(model.labels, model.settings))
    outputs = np.exp(ask(baseline, asked_units))
    decoded, entities = _decoded(outputs, asked_units)
    return replace(found, probabilities=outputs, decoded=decoded, tagged=replace(found.tagged, found=entities))


def files(model: Artefact, steps: Sequence[str]) -> AnswerFiles:
    """Entities, or words where every word has a tag of its own; plain files of tagged text beside tables."""
    scheme = scheme_of(model.labels, model.settings)
    behind = chosen_steps(steps, scheme)
    whole = partial(annotated, has_words=model.has_words, steps=behind)
    if scheme is None:
        tables = {".csv": word_table, ".jsonl": word_objects, ".parquet": word_table}
        return AnswerFiles(tables, formats={".conll": "conll"}, annotated=whole)
    table, objects = partial(entity_table, steps=behind), partial(entity_objects, steps=behind)
    # Tagged text has no place for what a step adds.
    formats = {} if behind.columns else {".conll": "conll", ".txt": "inline"}
    tables = {".csv": table, ".jsonl": objects, ".parquet": table}
    return AnswerFiles(tables, formats=formats, annotated=whole, notes=behind.notes)


def baseline_predictions(work: Work, split: str) -> Mapping[str, Predictions]:
    """What each baseline says of the units of a split, decoded as the network's answers are."""
    return {
        name: _predictions(np.exp(by_split[split]), work, split)
        for name, by_split in work.baselines.log_probabilities.items()
    }


def _predictions(outputs: Array, work: Work, split: str) -> Predictions:
    assert isinstance(work, TagWork)
    rows = work.splits.named()[split]
    return decoded_predictions(outputs, rows, tagged=work.tagged[split], labels=work.labels.names, scheme=work.scheme)


def decoded_predictions(
    outputs: Array, rows: Rows, *, tagged: TaggedExamples, labels: tuple[str, ...], scheme: Scheme | None
) -> Predictions:
    """The tags that probabilities, shape (unit, tag), say for whole texts, and the entities that these tags hold."""
    units = tagged.units
    decoded, found = _decoded(outputs, TextUnits(rows.texts, units, labels, scheme))
    return Predictions(
        ids=tuple(np.repeat(np.array(rows.ids, dtype=object), np.diff(units.offsets)).tolist()),
        labels=labels,
        probabilities=outputs,
        truth=tagged.examples.targets,
        decoded=decoded,
        tagged=TaggedTexts(units, found=found, gold=_gold(rows) if scheme else None),
    )


def _decoded(outputs: Array, asked_units: TextUnits) -> tuple[Indices, Sequence[tuple[Span, ...]]]:
    """The tag number of each unit, shape (unit,), and the entities of each text, none where words have own tags."""
    tags, scheme, units = asked_units.tags, asked_units.scheme, asked_units.units
    decoded = decode(finite_logs(outputs), units.offsets, tags=tags, scheme=scheme)
    if scheme is None:
        return decoded, ()
    named = [tags[number] for number in decoded.tolist()]
    return decoded, entities_of(asked_units.texts, named, units=units, scheme=scheme)


def _with_words(examples: Examples, units: TextUnits, words: UnitWords | None) -> Examples:
    if words is None or examples.units is None:
        return examples
    return replace(examples, units=replace(examples.units, words=words.apply(units.surfaces())))


def scheme_of(labels: Sequence[str], settings: Settings) -> Scheme | None:
    """The scheme of a trained model's tags; None where they are those of single words, even if they read as a scheme's.

    As ``fit_tags`` orders them, ``O`` is the first tag of entities, and stands behind ``B-NP`` among those of words.
    """
    scheme = Scheme(settings.prepare.scheme)
    return scheme if labels[0] == OUTSIDE and all(scheme.read(label) for label in labels) else None


def _with_units(rows: Rows, *, has_words: bool) -> Rows:
    """The rows with words exactly where the model was trained on words."""
    if not has_words:
        annotations = rows.annotations and [replace(each, words=()) for each in rows.annotations]
        return replace(rows, annotations=annotations)
    found = rows.annotations or [Annotation()] * len(rows)
    words = [each.words or _words(text) for each, text in zip(found, rows.texts, strict=True)]
    return replace(rows, annotations=[replace(each, words=own) for each, own in zip(found, words, strict=True)])


def _words(text: str) -> tuple[tuple[int, int], ...]:
    return tuple(match.span() for match in WORD.finditer(text))


def _gold(rows: Rows) -> list[tuple[Span, ...]] | None:
    return None if rows.annotations is None else [each.entities for each in rows.annotations]


def _groups(rows: Rows) -> Sequence[str] | None:
    """The document of each text, and the text itself where it is of none."""
    return rows.groups and [group or text for group, text in zip(rows.groups, rows.texts, strict=True)]


def _annotations(rows: Rows) -> Sequence[Annotation]:
    assert rows.annotations is not None
    return rows.annotations


def _truncation(tagged: TaggedExamples, *, limit: int) -> Truncation:
    """No unit is left out; one of more tokens than windows share loses some of them."""
    return Truncation(
        limit=limit,
        n_rows=len(tagged.units),
        n_rows_cut=tagged.n_texts_cut,
        n_tokens=len(tagged.examples.tokens.ids),
        n_tokens_cut=tagged.n_tokens_cut,
    )


TASK = TaskSpec(
    name="tag",
    read=read,
    prepare=prepare,
    build=build,
    predict=predict,
    baseline_predictions=baseline_predictions,
    answer=answer,
    asked=asked_texts,
    labelled=labelled,
    judge=judge,
    beside=beside,
    files=files,
)
