"""What a tagger and the one that goes on from it say of the same texts in; how much of the old skill is left out."""

from collections.abc import Mapping, Sequence

from seqwise.evaluate.entities import count_entities
from seqwise.evaluate.metrics import per_class
from seqwise.evaluate.scores import paired_difference
from seqwise.evaluate.tallies import Tally, entity_tally, tally_of
from seqwise.records import Predictions, Span
from seqwise.settings.root import Settings
from seqwise.tag_evidence import Retention


def retention(
    before: Predictions, after: Predictions, *, labels: Sequence[str], split: str, settings: Settings
) -> Retention:
    """The scores of both over the old labels, and the paired interval of what lies between them.

    Args:
        before: of the old model, with its truth.
        after: of the new one on the same texts; its first tags are those of the old one.
        labels: the old ones; what ``after`` finds of others counts neither for nor against it.
        split: what the texts were to the old run.
        settings: of the new run: draws, confidence, seed and the fall that is allowed.
    """
    assert before.tagged is not None
    has_entities = before.tagged.gold is not None
    metric = "entity_f1" if has_entities else "accuracy"
    score = _of_entities if has_entities else _of_words
    (old, old_labels), (new, new_labels) = (score(found, labels) for found in (before, after))
    between = paired_difference(new, old, metric=metric, settings=settings.evaluate, seed=settings.runtime.seed)
    return Retention(
        split=split,
        n=len(before.tagged.units),
        metric=metric,
        before=old.values[metric],
        after=new.values[metric],
        low=between.low,
        high=between.high,
        max_drop=settings.extend.max_drop,
        labels={label: (old_labels[label], new_labels[label]) for label in labels},
    )


def _of_entities(found: Predictions, labels: Sequence[str]) -> tuple[Tally, Mapping[str, float]]:
    assert found.tagged is not None
    assert found.tagged.gold is not None

    def kept(texts: Sequence[tuple[Span, ...]]) -> list[list[Span]]:
        return [[span for span in spans if span.label in labels] for spans in texts]

    tally = entity_tally(count_entities(kept(found.tagged.gold), kept(found.tagged.found)))
    return tally, {label: tally.values.get(f"entity_f1.{label}", 0.0) for label in labels}


def _of_words(found: Predictions, labels: Sequence[str]) -> tuple[Tally, Mapping[str, float]]:
    assert found.truth is not None
    scores = per_class(found.truth, found.predicted, n_labels=len(found.labels))
    return tally_of(found), {label: scores[found.labels.index(label)].f1 for label in labels}
