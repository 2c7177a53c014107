"""Several ways of training, each with several seeds, in; what each gains and loses, and for which labels, out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from seqwise.answers import Answers, Translations
from seqwise.evaluate.entities import METRICS, EntityCounts, count_entities
from seqwise.evaluate.scores import tally
from seqwise.evaluate.tallies import FIRST_LABEL, Tally, entity_tally
from seqwise.evaluate.uncertainty import differing_rows, paired_interval, percentile_interval, resample
from seqwise.records import Array, Predictions
from seqwise.series_records import Forecasts
from seqwise.settings.stations import EvaluateSettings

# Per label under the names of entities, for those of single labels and of states too.
PER_LABEL = tuple(f"entity_{metric}" for metric in METRICS)


@dataclass(frozen=True)
class Change:
    """A score, the mean over seeds with its interval, and how much larger it is than that of the way compared with."""

    value: float
    low: float
    high: float
    difference: float
    difference_low: float
    difference_high: float


@dataclass(frozen=True)
class _Drawn:
    """One way of training: its scores by seed, shape (seed,), and in every draw, shape (seed, draw)."""

    tallies: Sequence[Tally]
    of_labels: Sequence[Tally]
    draws: Sequence[Mapping[str, Array]]

    def pairs(self, other: "_Drawn", metric: str) -> Sequence[tuple[Tally, Tally]]:
        if "." in metric:
            return list(zip(self.of_labels, other.of_labels, strict=True))
        return list(zip(self.tallies, other.tallies, strict=True))

    def value(self, metric: str) -> float:
        own = self.of_labels if "." in metric else self.tallies
        return float(np.mean([one.values[metric] for one in own]))


def changes(
    systems: Mapping[str, Sequence[Predictions]], *, base: str, settings: EvaluateSettings, seed: int
) -> dict[str, dict[str, Change]]:
    """Every score of every way of training beside that of ``base``; ``entity_recall.LABEL`` and the like by label.

    Rows and seeds are two crossed factors, and both are drawn anew: the pigeonhole bootstrap (Owen 2007,
    https://doi.org/10.1214/07-AOAS122), whose intervals are rather too wide than too narrow. The same rows and seeds
    are drawn for all ways, so that the differences are paired. A row is what scores draw: a text, a block of windows.
    Where the seeds have other rows, since a share was held out, rows are drawn within the seed. With one seed rows
    alone are drawn. A difference on too few rows keeps 0 in its interval, see
    :func:`~seqwise.evaluate.uncertainty.paired_interval`.

    Args:
        systems: the predictions of each way, by seed, with truth; all ways have the same seeds and rows.
        base: the way that the others are compared with.
        settings: draws, confidence and clipping.
        seed: of the draws.
    """
    n_seeds = len(systems[base])
    is_crossed = all(same_rows(systems[base][0], one) for one in systems[base])
    drawn = _drawn(systems, is_crossed=is_crossed, settings=settings, seed=seed)
    rng = np.random.default_rng([seed, n_seeds])
    shares = rng.multinomial(n_seeds, np.full(n_seeds, 1 / n_seeds), size=settings.samples).T / n_seeds  # (seed, draw)
    metrics = [name for name in drawn[base].draws[0] if all(name in one.draws[0] for one in drawn.values())]
    return {
        name: {
            metric: _change(one, drawn[base], metric, shares=shares, settings=settings, is_crossed=is_crossed)
            for metric in metrics
            if all(metric in each for each in one.draws)
        }
        for name, one in drawn.items()
    }


def same_rows(first: Answers, second: Answers) -> bool:
    """Whether two systems answered the same rows with the same truth."""
    if isinstance(first, Translations) and isinstance(second, Translations):
        return _texts(first) == _texts(second)
    if isinstance(first, Forecasts) and isinstance(second, Forecasts):
        return _steps(first) == _steps(second) and np.array_equal(_numbers(first), _numbers(second), equal_nan=True)
    if not (isinstance(first, Predictions) and isinstance(second, Predictions)):
        return False
    return (
        list(first.ids) == list(second.ids)
        and first.labels == second.labels
        and np.array_equal(_truth(first), _truth(second))
    )


def _texts(answers: Translations) -> list[list[str]]:
    assert answers.truth is not None
    return [list(answers.ids), list(answers.sources), list(answers.truth)]


def _steps(answers: Forecasts) -> tuple[tuple[str, ...], ...]:
    return answers.ids, answers.horizons.times, answers.channels


def _numbers(answers: Forecasts) -> Array:
    assert answers.truth is not None
    return answers.truth


def label_tally(system: Predictions, whole: Tally) -> Tally:
    """Precision, recall and F1 of each label, or of each type of entity, as ``entity_recall.LABEL`` and the like."""
    if system.tagged is not None and system.tagged.gold is not None:
        counts = count_entities(system.tagged.gold, system.tagged.found)
    else:
        table = whole.table[:, FIRST_LABEL:].reshape(len(whole.table), 3, -1)
        counts = EntityCounts(system.labels, np.rint(table).astype(np.int64))
    n = len(counts.labels)
    parts = {
        f"{name}.{label}": np.array([i, n + i, 2 * n + i])
        for i, label in enumerate(counts.labels)
        for name in PER_LABEL
    }
    return replace(entity_tally(counts), parts=parts)


def _drawn(
    systems: Mapping[str, Sequence[Predictions]], *, is_crossed: bool, settings: EvaluateSettings, seed: int
) -> dict[str, _Drawn]:
    tallies = {name: [tally(one, clip=settings.clip) for one in each] for name, each in systems.items()}
    of_labels = {
        name: [label_tally(one, whole) for one, whole in zip(each, tallies[name], strict=True)]
        for name, each in systems.items()
    }
    draws: dict[str, list[Mapping[str, Array]]] = {name: [] for name in systems}
    for number in range(len(next(iter(tallies.values())))):
        asked = [own[name][number] for name in systems for own in (tallies, of_labels)]
        found = resample(asked, n_draws=settings.samples, seed=seed if is_crossed else seed + number)
        for name, whole, labels in zip(systems, found[::2], found[1::2], strict=True):
            draws[name].append({**_single(whole.values), **_by_label(labels.values)})
    return {name: _Drawn(tallies[name], of_labels[name], draws[name]) for name in systems}


def _single(values: Mapping[str, Array]) -> dict[str, Array]:
    return {name: value for name, value in values.items() if "." not in name}


def _by_label(values: Mapping[str, Array]) -> dict[str, Array]:
    return {name: value for name, value in values.items() if "." in name}


def _change(
    one: _Drawn, base: _Drawn, metric: str, *, shares: Array, settings: EvaluateSettings, is_crossed: bool
) -> Change:
    ours, theirs = (
        np.sum([share * draws[metric] for share, draws in zip(shares, each.draws, strict=True)], axis=0)
        for each in (one, base)
    )
    differing = [differing_rows(*pair, metric=metric) for pair in one.pairs(base, metric)]
    n_rows = int(np.any(differing, axis=0).sum()) if is_crossed else sum(int(each.sum()) for each in differing)
    low, high = percentile_interval(ours, settings.confidence)
    value, before = one.value(metric), base.value(metric)
    difference_low, difference_high = paired_interval(ours - theirs, settings.confidence, n_rows=n_rows)
    return Change(
        value=value,
        low=min(low, value),
        high=max(high, value),
        difference=value - before,
        difference_low=difference_low,
        difference_high=difference_high,
    )


def _truth(system: Predictions) -> Array:
    assert system.truth is not None
    return system.truth.astype(np.float64)
