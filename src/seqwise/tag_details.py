"""A trained run of the task tag in, the part ``tags`` of ``details.json`` out: what its report shows beyond scores."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from seqwise.evaluate.entities import METRICS, EntityCounts, count_entities, count_entities_in_units
from seqwise.evaluate.entity_matches import Match, count_kinds, is_at_particle, match
from seqwise.evaluate.known_words import KNOWN, UNKNOWN, known_word_tally
from seqwise.evaluate.metrics import row_log_losses
from seqwise.evaluate.scores import intervals
from seqwise.evaluate.tallies import Tally, by_text, entity_tally
from seqwise.evaluate.uncertainty import resample
from seqwise.prepare.tagged import TaggedExamples
from seqwise.prepare.tags import Misaligned
from seqwise.records import Array, FlatUnits, Indices, Interval, Predictions, Rows, Span
from seqwise.report.tag_facts import (
    AlignedSplit,
    EntityCount,
    KnownWords,
    Level,
    LevelScores,
    Mark,
    MarkedPair,
    NotHeld,
    TagFacts,
    TagScores,
    WorstText,
)
from seqwise.settings.root import Settings
from seqwise.spans.decoding import entity_probabilities, finite_logs
from seqwise.spans.units import eojeol_offsets, unit_spans
from seqwise.tasks.tag import TagWork

# Texts that the report lists, worst first, and characters of each: little enough for a page of 3 MB.
N_WORST = 100
LONGEST_TEXT = 600
# Characters before the first error of a longer text, and around an entity that tags cannot hold.
BEFORE, AROUND = 100, 20
N_EXAMPLES = 10
HANGUL = re.compile("[가-힣]")


def tag_facts(work: TagWork, predictions: Mapping[str, Predictions], *, settings: Settings) -> TagFacts:
    """All that ``details.json`` tells of tags; the worst texts are those of the last split, the test set if any."""
    rows = work.splits.named()
    scores = {
        split: _entity_scores(found, rows[split].texts, settings=settings)
        if work.scheme is not None
        else TagScores(known_words=_known_words(found, work, split, settings=settings))
        for split, found in predictions.items()
    }
    return TagFacts(
        has_entities=work.scheme is not None,
        scores=scores,
        alignment={split: _aligned(tagged, rows[split]) for split, tagged in work.tagged.items()},
        worst=_worst(list(predictions)[-1], predictions, rows),
    )


def entity_counts(rows: Rows) -> dict[str, int]:
    """How many entities of each label the annotations of a split hold, by label in order."""
    assert rows.annotations is not None
    counts = Counter(entity.label for annotation in rows.annotations for entity in annotation.entities)
    return dict(sorted(counts.items()))


def _entity_scores(found: Predictions, texts: Sequence[str], *, settings: Settings) -> TagScores:
    assert found.tagged is not None
    assert found.tagged.gold is not None
    gold, predicted = found.tagged.gold, found.tagged.found
    counts = count_entities(gold, predicted)
    matches = [match(true, guess) for true, guess in zip(gold, predicted, strict=True)]
    has_hangul = any(HANGUL.search(text) for text in texts)
    n_at_particles = sum(is_at_particle(one, text) for some, text in zip(matches, texts, strict=True) for one in some)
    levels: dict[Level, EntityCounts] = {
        "character": counts,
        "unit": count_entities_in_units(gold, predicted, offsets=list(_edges(found.tagged.units))),
        "eojeol": count_entities_in_units(gold, predicted, offsets=[eojeol_offsets(text) for text in texts]),
    }
    return TagScores(
        labels=_label_counts(counts),
        kinds=count_kinds(matches),
        n_at_particles=n_at_particles if has_hangul else None,
        levels=tuple(LevelScores(level, _overall(one, settings)) for level, one in levels.items()),
    )


def _label_counts(counts: EntityCounts) -> tuple[EntityCount, ...]:
    sums = counts.table.sum(axis=0).tolist()
    return tuple(EntityCount(*row) for row in zip(counts.labels, *sums, strict=True))


def _overall(counts: EntityCounts, settings: Settings) -> dict[str, Interval]:
    """Micro precision, recall and F1 by their names in ``scores.json``."""
    scored = _intervals(entity_tally(counts), settings)
    return {f"entity_{name}": scored[f"entity_{name}"] for name in METRICS}


def _intervals(tally: Tally, settings: Settings) -> dict[str, Interval]:
    drawn = resample([tally], n_draws=settings.evaluate.samples, seed=settings.runtime.seed)[0]
    return intervals(tally, drawn, confidence=settings.evaluate.confidence)


def _known_words(found: Predictions, work: TagWork, split: str, *, settings: Settings) -> KnownWords:
    rows = work.splits.named()
    seen = set(_surfaces(rows["train"].texts, work.tagged["train"].units))
    words = _surfaces(rows[split].texts, work.tagged[split].units)
    tally = known_word_tally(found, np.fromiter((word in seen for word in words), dtype=np.bool_))
    scored = _intervals(tally, settings)
    return KnownWords(tally.sizes[KNOWN], tally.sizes[UNKNOWN], known=scored[KNOWN], unknown=scored[UNKNOWN])


def _surfaces(texts: Sequence[str], units: FlatUnits) -> Iterable[str]:
    for text, edges in zip(texts, _edges(units), strict=True):
        yield from (text[start:end] for start, end in edges.tolist())


def _edges(units: FlatUnits) -> Iterable[Indices]:
    return (units.edges[start:end] for start, end in zip(units.offsets[:-1], units.offsets[1:], strict=True))


def _aligned(tagged: TaggedExamples, rows: Rows) -> AlignedSplit:
    alignment = tagged.alignment
    return AlignedSplit(
        n_texts=len(tagged.units),
        n_units=len(tagged.units.edges),
        n_windows=len(tagged.texts),
        n_long=int((np.bincount(tagged.texts) > 1).sum()) if len(tagged.texts) else 0,
        n_units_cut=tagged.n_units_cut,
        n_entities=None if alignment is None else alignment.n_entities,
        reasons={} if alignment is None else {str(reason): n for reason, n in alignment.reasons.items()},
        examples=() if alignment is None else tuple(_not_held(one, rows) for one in alignment.misaligned[:N_EXAMPLES]),
    )


def _not_held(one: Misaligned, rows: Rows) -> NotHeld:
    text, start, end = rows.texts[one.text], one.entity.start, one.entity.end
    return NotHeld(
        place=rows.place(one.text),
        reason=one.reason,
        label=one.entity.label,
        before=text[max(0, start - AROUND) : start],
        entity=text[start:end],
        after=text[end : end + AROUND],
        found="" if one.found is None else text[one.found.start : one.found.end],
    )


def _worst(split: str, predictions: Mapping[str, Predictions], rows: Mapping[str, Rows]) -> tuple[WorstText, ...]:
    """The texts with an error to whose true tags the model gave the least probability."""
    found, source = predictions[split], rows[split]
    assert found.truth is not None
    assert found.tagged is not None
    losses = by_text(row_log_losses(found.truth, found.probabilities)[:, None], found.tagged.units.offsets)[:, 0]
    wrong = np.flatnonzero(_is_wrong(found))
    order = wrong[np.argsort(-losses[wrong], kind="stable")][:N_WORST]
    return tuple(_worst_text(row, found, source, split=split, loss=float(losses[row])) for row in order.tolist())


def _is_wrong(found: Predictions) -> Array:
    """Whether anything of a text is wrong, shape (text,)."""
    assert found.tagged is not None
    if found.tagged.gold is None:
        is_wrong = (found.predicted != found.truth)[:, None].astype(np.float64)
        return by_text(is_wrong, found.tagged.units.offsets)[:, 0]
    pairs = zip(found.tagged.gold, found.tagged.found, strict=True)
    return np.array([set(gold) != set(predicted) for gold, predicted in pairs], dtype=np.float64)


def _worst_text(row: int, found: Predictions, rows: Rows, *, split: str, loss: float) -> WorstText:
    pairs, text = _pairs(row, found), rows.texts[row]
    start = 0
    if len(text) > LONGEST_TEXT:
        start = max(0, min(min(_ends(pair)) for pair in pairs if pair.kind != "correct") - BEFORE)
    shown = [pair for pair in pairs if start <= min(_ends(pair)) and max(_ends(pair)) <= start + LONGEST_TEXT]
    return WorstText(
        split=split,
        id=rows.ids[row],
        place=rows.place(row),
        start=start,
        text=text[start : start + LONGEST_TEXT],
        is_cut=start + LONGEST_TEXT < len(text),
        loss=loss,
        n_elsewhere=sum(pair.kind != "correct" for pair in pairs) - sum(pair.kind != "correct" for pair in shown),
        pairs=tuple(
            MarkedPair(pair.kind, gold=_moved(pair.gold, start), predicted=_moved(pair.predicted, start))
            for pair in shown
        ),
    )


def _ends(pair: MarkedPair) -> list[int]:
    return [end for mark in (pair.gold, pair.predicted) if mark for end in (mark.start, mark.end)]


def _moved(mark: Mark | None, start: int) -> Mark | None:
    return mark and Mark(mark.start - start, mark.end - start, mark.label, mark.probability)


def _pairs(row: int, found: Predictions) -> list[MarkedPair]:
    """What is right and wrong in one text; of words with tags of their own only what is wrong."""
    tagged = found.tagged
    assert tagged is not None
    own = slice(tagged.units.offsets[row], tagged.units.offsets[row + 1])
    edges, probabilities, tags = tagged.units.edges[own], found.probabilities[own], found.predicted[own]
    if tagged.gold is None:
        assert found.truth is not None
        return _wrong_words(edges, found.truth[own], tags, probabilities=probabilities, labels=found.labels)
    predicted = tagged.found[row]
    held = np.array([(span.start, span.end) for span in unit_spans(predicted, edges) if span], dtype=np.int64)
    sure = entity_probabilities(finite_logs(probabilities), tags, edges=held.reshape(-1, 2))
    by_span = dict(zip(predicted, sure.tolist(), strict=True))
    return [_pair(one, by_span) for one in match(tagged.gold[row], predicted)]


def _pair(one: Match, probabilities: Mapping[Span, float]) -> MarkedPair:
    gold, found = one.gold, one.predicted
    return MarkedPair(
        one.kind,
        gold=gold and Mark(gold.start, gold.end, gold.label),
        predicted=found and Mark(found.start, found.end, found.label, probabilities[found]),
    )


def _wrong_words(
    edges: Indices, truth: Indices, tags: Indices, *, probabilities: Array, labels: Sequence[str]
) -> list[MarkedPair]:
    pairs: list[MarkedPair] = []
    for unit in np.flatnonzero(tags != truth).tolist():
        start, end = edges[unit].tolist()
        probability = float(probabilities[unit, tags[unit]])
        gold = Mark(start, end, labels[int(truth[unit])])
        predicted = Mark(start, end, labels[int(tags[unit])], probability)
        pairs.append(MarkedPair("type", gold=gold, predicted=predicted))
    return pairs
