"""A run of tags that extends another: what the texts of either leave untagged, and what is left of the old skill."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

from seqwise.artefact import Artefact
from seqwise.backends.torch import BACKEND
from seqwise.baselines.name_matches import learn_names
from seqwise.evaluate.forgetting import retention
from seqwise.records import Annotation, Predictions, Rows, Span
from seqwise.runtime import Machine
from seqwise.tag_evidence import Extension
from seqwise.tasks.contract import Work
from seqwise.tasks.tag import TagWork, answer, judge, scheme_of


def extension_of(work: Work) -> Extension | None:
    """The old and the new labels, and which names of either stand untagged in the texts of the other."""
    if not isinstance(work, TagWork) or work.old is None:
        return None
    old, train = work.old, work.splits.train
    new_texts = train.take(range(len(train) - len(old.rehearsed)))
    known, known_texts = _labels(old.model), set(old.texts.train.texts)
    scored = [rows for split, rows in work.splits.named().items() if split != "train"]
    marked = Counter(label for each in _annotations(new_texts) for label in _marks(each))
    new = tuple(sorted(set(marked) - set(known)))
    return Extension(
        run=str(old.folder),
        old=known,
        new=new,
        n_new=len(new_texts),
        n_rehearsed=len(old.rehearsed),
        n_old_marked=sum(marked[label] for label in known),
        n_new_marked=sum(marked[label] for label in new),
        old_unmarked=_unmarked(old.texts.train, known, texts=new_texts),
        new_unmarked=_unmarked(new_texts, new, texts=old.rehearsed),
        n_held_seen=old.texts.n_held_seen,
        n_scored_old=sum(len(known_texts.intersection(rows.texts)) for rows in scored),
    )


def with_retention(extension: Extension, work: Work, *, model: Artefact, machine: Machine) -> Extension:
    """The same with the scores of the old and of the new model on the texts that the old run held out."""
    assert isinstance(work, TagWork)
    assert work.old is not None
    before, after = (_answers(each, work.old.texts.held, machine) for each in (work.old.model, model))
    split, settings = work.old.texts.split, model.settings
    return replace(extension, retention=retention(before, after, labels=extension.old, split=split, settings=settings))


def _answers(model: Artefact, rows: Rows, machine: Machine) -> Predictions:
    model.network.eval()
    logits = BACKEND.build(model, Path(), machine)
    return judge(model, rows, answer(model, logits, rows))


def _labels(model: Artefact) -> tuple[str, ...]:
    """The types of entities that a model knows, or its tags where words have tags of their own."""
    scheme = scheme_of(model.labels, model.settings)
    if scheme is None:
        return model.labels
    read = (scheme.read(tag) for tag in model.labels)
    return tuple(dict.fromkeys(label for role, label in filter(None, read) if role != "O"))


def _marks(annotation: Annotation) -> tuple[str, ...]:
    return annotation.tags or tuple(entity.label for entity in annotation.entities)


def _unmarked(source: Rows, labels: Collection[str], *, texts: Rows) -> dict[str, int]:
    """Names that entities of these labels have in the source, and how often they stand outside of entities in texts."""
    own = [[span for span in each.entities if span.label in labels] for each in _annotations(source)]
    names = learn_names(source.texts, own)
    found: Counter[str] = Counter()
    for text, each in zip(texts.texts, _annotations(texts), strict=True):
        found.update(text[span.start : span.end] for span in names.matches(text) if _is_outside(span, each.entities))
    return dict(found.most_common())


def _is_outside(span: Span, entities: Sequence[Span]) -> bool:
    return all(span.end <= entity.start or entity.end <= span.start for entity in entities)


def _annotations(rows: Rows) -> Sequence[Annotation]:
    assert rows.annotations is not None
    return rows.annotations
