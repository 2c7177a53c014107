"""Predictions that are written into a run folder and read again score the same."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from seqwise.errors import DataError
from seqwise.evaluate.comparisons import same_rows
from seqwise.evaluate.scores import tally
from seqwise.horizons import Horizons
from seqwise.records import FlatUnits, Predictions, TaggedTexts
from seqwise.run_folder import RunFolder
from seqwise.series_records import Forecasts
from seqwise.spans.schemes import Scheme, spans_of

TAGS = ("O", "B-X", "I-X", "B-Y")
BIO = Scheme("BIO")


def predictions(n, labels, *, ids=None):
    rng = np.random.default_rng(1)
    return Predictions(
        ids=ids or tuple(map(str, range(n))),
        labels=labels,
        probabilities=rng.dirichlet(np.ones(len(labels)), size=n),
        truth=rng.integers(len(labels), size=n),
    )


def horizons(n_windows, horizon):
    return Horizons(
        units=tuple("ab"[number % 2] for number in range(n_windows)),
        origins=tuple(map(str, range(n_windows))),
        times=tuple(map(str, range(n_windows * horizon))),
        horizon=horizon,
        blocks=np.array([0, 2, 3, n_windows]),
    )


def read_again(folder, found, **given):
    run = RunFolder(folder)
    run.write_predictions("test", found)
    return run.read_predictions("test", **given)


def same_scores(found, again):
    assert np.array_equal(tally(found).table, tally(again).table)
    assert tally(found).values == tally(again).values


def test_labels(tmp_path):
    found = predictions(9, ("no", "p_yes"))
    same_scores(found, read_again(tmp_path, found))


def test_states_with_their_blocks(tmp_path):
    found = replace(predictions(12, ("D", "N", "O")), horizons=horizons(6, 2))
    again = read_again(tmp_path, found)
    assert again.horizons.units == found.horizons.units
    assert again.horizons.blocks.tolist() == [0, 2, 3, 6]
    same_scores(found, again)


def test_tags_with_their_entities(tmp_path):
    ids = tuple("aaabbbbccccc")
    own = predictions(12, TAGS, ids=ids)
    offsets = np.array([0, 3, 7, 12])
    units = FlatUnits(np.stack([np.arange(12), np.arange(1, 13)], axis=1), offsets)
    named = [[TAGS[each] for each in numbers.tolist()] for numbers in (own.probabilities.argmax(axis=1), own.truth)]
    spans = [[tuple(spans_of(tags[a:b], BIO)) for a, b in ((0, 3), (3, 7), (7, 12))] for tags in named]
    found = replace(own, tagged=TaggedTexts(units, found=spans[0], gold=spans[1]))
    assert any(spans[1])
    same_scores(found, read_again(tmp_path, found, scheme=BIO))
    words = replace(own, tagged=TaggedTexts(units))
    same_scores(words, read_again(tmp_path, words))


def numbers(n_channels, *, has_all):
    rng = np.random.default_rng(2)
    shape = (6, 2, n_channels)
    truth = rng.normal(size=shape)
    truth[1, 0, 0] = np.nan
    found = Forecasts(
        horizons=horizons(6, 2),
        channels=("x", "y")[:n_channels],
        point=rng.normal(size=shape),
        error_scale=rng.uniform(0.5, 2.0, n_channels),
        truth=truth,
    )
    if not has_all:
        return found
    quantiles = np.sort(rng.normal(size=(*shape, 3)), axis=-1)
    return replace(found, levels=(0.05, 0.5, 0.95), quantiles=quantiles, scales=rng.uniform(0.5, 2.0, (6, n_channels)))


@pytest.mark.parametrize("n_channels", [1, 2])
@pytest.mark.parametrize("has_all", [True, False])
def test_numbers_with_their_scales(tmp_path, n_channels, has_all):
    found = numbers(n_channels, has_all=has_all)
    assert read_again(tmp_path, found) is None  # they are no labels
    again = RunFolder(tmp_path).read_numbers("test")
    assert (again.channels, again.levels, again.ids) == (found.channels, found.levels, found.ids)
    assert again.horizons.times == found.horizons.times
    same_scores(found, again)
    assert same_rows(found, again)
    moved = replace(again, truth=found.truth + 1.0)
    assert not same_rows(found, moved)


def test_numbers_of_an_older_version_are_refused(tmp_path):
    read_again(tmp_path, numbers(1, has_all=True))
    file = tmp_path / "predictions" / "test.parquet"
    pl.read_parquet(file).drop("error_scale").write_parquet(file)
    with pytest.raises(DataError, match=r"error_scale.*an older version wrote them"):
        RunFolder(tmp_path).read_numbers("test")


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(DataError, match=r"test\.parquet"):
        RunFolder(tmp_path).read_predictions("test")
