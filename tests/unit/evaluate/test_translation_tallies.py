"""BLEU, chrF and perplexity of sums against sacreBLEU over the sentences themselves."""

import math
from dataclasses import replace

import numpy as np
import pytest
import sacrebleu

from seqwise.answers import ToldTruth, Translations
from seqwise.evaluate.scores import metric_value, score_split
from seqwise.evaluate.translation_tallies import signature, translation_tally
from seqwise.settings.stations import EvaluateSettings

TRUTH = ["A man is sleeping in a green room.", "Two dogs are running on the beach.", "The boy plays.", "Nothing at all"]
TEXTS = ["A man sleeping in a green room .", "Two dogs run on the beach.", "", "The boy plays."]


def made(texts=TEXTS, truth=TRUTH, **given):
    return Translations(ids=[str(i) for i in range(len(texts))], sources=texts, texts=texts, truth=truth, **given)


@pytest.mark.parametrize("cut", ["13a", "char", "none", "intl"])
def test_scores_are_those_of_sacrebleu(cut):
    values = translation_tally(made(cut=cut)).values
    assert values["bleu"] == pytest.approx(sacrebleu.corpus_bleu(TEXTS, [TRUTH], tokenize=cut).score, abs=1e-9)
    assert values["chrf"] == pytest.approx(sacrebleu.corpus_chrf(TEXTS, [TRUTH]).score, abs=1e-9)
    assert set(values) == {"bleu", "chrf"}


def test_sums_over_drawn_rows_are_the_scores_of_these_rows():
    tally, rng = translation_tally(made()), np.random.default_rng(0)
    counts = rng.multinomial(4, [0.25] * 4, size=20).astype(np.float64)
    drawn = tally.metrics(counts @ tally.table)
    for number, row in enumerate(counts.astype(int)):
        rows = np.repeat(np.arange(4), row)
        texts, truth = [TEXTS[i] for i in rows], [TRUTH[i] for i in rows]
        assert drawn["bleu"][number] == pytest.approx(sacrebleu.corpus_bleu(texts, [truth]).score, abs=1e-9)
        assert drawn["chrf"][number] == pytest.approx(sacrebleu.corpus_chrf(texts, [truth]).score, abs=1e-9)


def test_perplexity_is_that_of_all_tokens_together():
    told = ToldTruth(texts=TRUTH, losses=np.array([3.0, 2.0, 0.5, 1.5]), n_tokens=np.array([4, 3, 1, 2]))
    values = translation_tally(made(told_truth=told)).values
    assert values["perplexity"] == pytest.approx(math.exp(7.0 / 10))
    assert values["forced_bleu"] == pytest.approx(100.0)


def test_the_signature_says_how_it_was_computed():
    assert "tok:char" in signature("char")
    assert f"version:{sacrebleu.__version__}" in signature("13a")
    assert "nrefs:1" in signature("13a")


def test_the_verdict_is_paired_over_the_sentences():
    truth = [f"sentence number {i} is about the thing {i * 7 % 11}" for i in range(60)]
    good = made(truth, truth)
    bad = made([" ".join(text.split()[:4]) for text in truth], truth)
    settings = EvaluateSettings(verdict_on="bleu")
    score = score_split(good, {"short": bad}, settings=settings, seed=0)
    assert score.n == 60
    assert score.verdict.better
    assert score.verdict.difference == pytest.approx(100 - sacrebleu.corpus_bleu(bad.texts, [truth]).score, abs=1e-9)
    turned = score_split(bad, {"good": good}, settings=settings, seed=0).verdict
    assert (turned.better, turned.difference) == (False, pytest.approx(-score.verdict.difference))
    same = score_split(good, {"same": replace(good)}, settings=settings, seed=0).verdict
    assert not same.better


def test_perfect_texts_have_100():
    assert metric_value(made(TRUTH), "bleu") == pytest.approx(100.0)
    assert metric_value(made(TRUTH), "chrf") == pytest.approx(100.0)
