"""Token ids of pairs and back: nothing of a target is lost, and each ends with the end."""

import numpy as np
import pytest

from seqwise.prepare.pairs import END, PairPreparation, both, fit_pairs
from seqwise.records import Truncation
from seqwise.settings.stations import PrepareSettings

SOURCES = ["Ein Hund läuft.", "Zwei Hunde laufen, und eine Katze schläft!", "개가 달린다"] * 3
TARGETS = ["A dog is running.", "Two dogs run, and a cat sleeps!", "개 한 마리가 달린다."] * 3


def fitted(tokens="subword", **given):
    settings = PrepareSettings(tokens=tokens, min_freq=1, max_size=120, **given)
    return fit_pairs(SOURCES, TARGETS, settings=settings, checkpoint=None)


@pytest.mark.parametrize("tokens", ["subword", "character"])
def test_targets_come_back_as_they_were(tokens):
    preparation = fitted(tokens)
    answers, _ = preparation.target.apply(TARGETS)
    ids = [answers.ids[start:end].tolist() for start, end in zip(answers.offsets, answers.offsets[1:], strict=False)]
    assert preparation.texts(ids) == TARGETS


def test_every_target_ends_with_the_last_token_of_the_vocabulary():
    preparation = fitted(max_length=5)
    answers, cut = preparation.target.apply(TARGETS)
    assert cut.n_rows_cut
    assert preparation.target.vocabulary[-1] == END
    assert preparation.n_outputs == len(preparation.target.vocabulary)
    np.testing.assert_array_equal(answers.ids[answers.offsets[1:] - 1], preparation.n_outputs - 1)
    assert (answers.ids == preparation.n_outputs - 1).sum() == len(TARGETS)  # a cut target ends too


def test_sources_have_no_end():
    preparation = fitted()
    assert END not in preparation.source.vocabulary


def test_a_text_that_spells_the_end_is_text():
    preparation = fitted()
    answers, _ = preparation.target.apply(["a [END] b"])
    assert (answers.ids == preparation.n_outputs - 1).sum() == 1


def test_a_folder_gives_the_same_ids_and_texts(tmp_path):
    preparation = fitted()
    preparation.save(tmp_path)
    loaded = PairPreparation.load(tmp_path)
    for one, other in ((preparation.source, loaded.source), (preparation.target, loaded.target)):
        np.testing.assert_array_equal(one.apply(TARGETS)[0].ids, other.apply(TARGETS)[0].ids)
    assert loaded.texts([[5, 6, 7]]) == preparation.texts([[5, 6, 7]])


def test_what_is_cut_on_both_sides_is_summed():
    found = both(Truncation(9, 4, 3, n_tokens=50, n_tokens_cut=7), Truncation(9, 4, 2, n_tokens=40, n_tokens_cut=1))
    assert found == Truncation(9, 4, 4, n_tokens=90, n_tokens_cut=8)
