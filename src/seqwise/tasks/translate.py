"""A text for a text: pairs become flat tokens of both sides, a network writes, and baselines write beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl
import torch

from seqwise.answers import Translations
from seqwise.artefact import Artefact
from seqwise.baselines.run import AnyBaseline, run_text_baselines
from seqwise.baselines.texts import TextBaseline
from seqwise.errors import Problem, UsageError
from seqwise.model.contracts import HeadShape, Vocabulary
from seqwise.model.network import Network, build_network
from seqwise.prepare.labels import LabelSet
from seqwise.prepare.pairs import PairPreparation, both, fit_pairs
from seqwise.read.asked import KNOWN_ENDINGS, STANDARD_INPUT, Asked, asked_rows, lines_of_file
from seqwise.read.pairs import read_pairs
from seqwise.read.splits import read_pair_splits
from seqwise.read.tables import Columns
from seqwise.records import Examples, FileFacts, Rows, Splits, Truncation
from seqwise.run_folder import texts_table
from seqwise.settings.encoders import BertSettings
from seqwise.settings.root import Settings
from seqwise.settings.stations import DataSettings
from seqwise.sides import sides_of
from seqwise.tasks.classify import vectors_of
from seqwise.tasks.contract import AnswerFiles, Logits, TaskSpec, Work
from seqwise.tasks.text_answers import tell_truth, write


@dataclass(frozen=True, kw_only=True)
class TranslationWork(Work):
    """Pairs of texts, prepared."""

    splits: Splits
    preparation: PairPreparation
    cut: str


def read(data: DataSettings, seed: int) -> Splits:
    """Pairs as splits."""
    return read_pair_splits(data, seed=seed)


def prepare(splits: Splits, settings: Settings, checkpoint: Path | None, _: Path | None) -> TranslationWork:
    """Fit both vocabularies and the baselines on training pairs, and turn every split into examples.

    Args:
        splits: the pairs.
        settings: all settings.
        checkpoint: folder of the encoder's checkpoint, or None for an encoder from scratch.
    """
    named, train = splits.named(), splits.train
    preparation = fit_pairs(train.texts, targets_of(train), settings=settings.prepare, checkpoint=checkpoint)
    examples: dict[str, Examples] = {}
    truncation: dict[str, Truncation] = {}
    for name, rows in named.items():
        (sources, cut), (answers, answers_cut) = (
            preparation.source.apply(rows.texts),
            preparation.target.apply(targets_of(rows)),
        )
        examples[name], truncation[name] = Examples(tokens=sources, answers=answers), both(cut, answers_cut)
    known = train.take(range(min(len(train), settings.evaluate.baseline_rows)))
    return TranslationWork(
        splits=splits,
        preparation=preparation,
        labels=LabelSet(()),
        examples=examples,
        truncation=truncation,
        baselines=run_text_baselines(
            settings.baselines,
            (known.texts, targets_of(known)),
            splits={name: rows.texts for name, rows in named.items() if name != "train"},
        ),
        cut=settings.evaluate.bleu_words,
    )


def build(work: Work, settings: Settings, checkpoint: Path | None) -> Network:
    """The network for these pairs, its weights a function of the seed alone."""
    preparation = _of_pairs(work).preparation
    encoder = settings.encoder
    if isinstance(encoder, BertSettings) and checkpoint is not None:
        encoder = encoder.model_copy(update={"checkpoint": str(checkpoint)})
    return build_network(
        encoder,
        settings.head,
        vocabulary=Vocabulary(size=preparation.vocabulary_size, vectors=vectors_of(work, settings)),
        shape=HeadShape(n_outputs=preparation.n_outputs, label_smoothing=settings.training.label_smoothing),
        seed=settings.runtime.seed,
    )


def predict(network: Network, work: Work, split: str, device: torch.device) -> Translations:
    """The texts that a network writes for the sources of a split, and what it says of the truth."""
    own, rows = _of_pairs(work), work.splits.named()[split]
    examples = work.examples[split]
    found = write(network, examples.tokens, preparation=own.preparation, device=device)
    return Translations(
        ids=rows.ids,
        sources=rows.texts,
        texts=found.texts,
        truth=targets_of(rows),
        log_probabilities=found.log_probabilities,
        has_ended=found.has_ended,
        told_truth=tell_truth(network, examples, preparation=own.preparation, device=device),
        cut=own.cut,
    )


def baseline_predictions(work: Work, split: str) -> Mapping[str, Translations]:
    """What each baseline writes for the sources of a split."""
    rows, cut = work.splits.named()[split], _of_pairs(work).cut
    return {
        name: Translations(rows.ids, rows.texts, by_split[split], truth=targets_of(rows), cut=cut)
        for name, by_split in work.baselines.texts.items()
    }


def asked(source: str, data: DataSettings) -> Asked:
    """The sources of a table or of a file of a text a line, or lines of standard input."""
    sides = sides_of(source)
    if sides is not None:
        return lines_of_file(sides.source, data.encoding)
    is_table = any(suffix in KNOWN_ENDINGS for suffix in Path(source).suffixes)
    if source != STANDARD_INPUT and sides_of(data.train) is not None and not is_table:
        return lines_of_file(source, data.encoding)
    return asked_rows(source, Columns(text=data.text, id=data.id), data=data)


def labelled(source: str, model: Artefact) -> tuple[Rows, FileFacts]:
    """The pairs of a table, or of two files in one name with braces."""
    return read_pairs(source, model.settings.data)


def answer(model: Artefact, logits: Logits, rows: Rows) -> Translations:
    """The texts that a model writes for new sources; the network is asked itself, token by token."""
    del logits
    preparation = _preparation(model)
    tokens, _ = preparation.source.apply(rows.texts)
    found = write(model.network, tokens, preparation=preparation, device=_device(model))
    return Translations(
        ids=rows.ids,
        sources=rows.texts,
        texts=found.texts,
        log_probabilities=found.log_probabilities,
        has_ended=found.has_ended,
        cut=model.settings.evaluate.bleu_words,
    )


def judge(model: Artefact, rows: Rows, found: Translations) -> Translations:
    """The answers with the truth, and what the model says of it."""
    preparation = _preparation(model)
    tokens, _ = preparation.source.apply(rows.texts)
    answers, _ = preparation.target.apply(targets_of(rows))
    told = tell_truth(
        model.network, Examples(tokens=tokens, answers=answers), preparation=preparation, device=_device(model)
    )
    return replace(found, truth=targets_of(rows), told_truth=told)


def beside(_: Artefact, rows: Rows, found: Translations, baseline: AnyBaseline) -> Translations:
    """What a baseline writes for the same sources."""
    assert isinstance(baseline, TextBaseline)
    return Translations(found.ids, rows.texts, baseline.translate(rows.texts), truth=targets_of(rows), cut=found.cut)


def files(_: Artefact, steps: Sequence[str]) -> AnswerFiles:
    """A row a text, or with ``.txt`` a text a line; there are no steps behind them."""
    if steps:
        raise UsageError(Problem("--steps", "steps are for entities; this is a run of translate.", "Leave it out."))
    return AnswerFiles(tables=dict.fromkeys((".csv", ".jsonl", ".parquet", ".txt"), _table))


def targets_of(rows: Rows) -> Sequence[str]:
    """The target of each pair."""
    assert rows.targets is not None
    return rows.targets


def _table(_: Any, found: Translations) -> pl.DataFrame:
    return texts_table(found)


def _of_pairs(work: Work) -> TranslationWork:
    assert isinstance(work, TranslationWork)
    return work


def _preparation(model: Artefact) -> PairPreparation:
    assert isinstance(model.preparation, PairPreparation)
    return model.preparation


def _device(model: Artefact) -> torch.device:
    return next(model.network.parameters()).device


TASK = TaskSpec(
    name="translate",
    read=read,
    prepare=prepare,
    build=build,
    predict=predict,
    baseline_predictions=baseline_predictions,
    answer=answer,
    asked=asked,
    labelled=labelled,
    judge=judge,
    beside=beside,
    files=files,
)
