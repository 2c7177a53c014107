"""Translations in, a tally out: BLEU, chrF and perplexity, and what each drawn sentence adds to their sums.

BLEU and chrF are sacreBLEU's (Post 2018, https://aclanthology.org/W18-6319/), so that a score can be compared with
published ones by its signature; only the sums of its counts over drawn sentences are formed here.
"""

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

import numpy as np

from seqwise.answers import Translations
from seqwise.errors import MissingExtraError
from seqwise.evaluate.tallies import Tally
from seqwise.records import Array


def translation_tally(system: Translations) -> Tally:
    """The tally of translations whose truth is known: bleu, chrf; perplexity and forced_bleu where told the truth.

    ``forced_bleu`` is the BLEU of what is written where the true tokens are told before each token: how much better a
    model looks in training than it is. ``perplexity`` is that of the model's own tokens.
    """
    bleu, chrf = bleu_scorer(system.cut), chrf_scorer()
    assert system.truth is not None
    scored = {"bleu": bleu, "chrf": chrf}
    tables = {name: _counts(scorer, system.texts, system.truth) for name, scorer in scored.items()}
    told = system.told_truth
    if told is not None:
        scored["forced_bleu"] = bleu
        tables["forced_bleu"] = _counts(bleu, told.texts, system.truth)
        tables["perplexity"] = np.stack([told.losses, told.n_tokens.astype(np.float64)], axis=1)
    ends = np.cumsum([table.shape[1] for table in tables.values()])
    parts = {name: np.arange(end - tables[name].shape[1], end) for name, end in zip(tables, ends, strict=True)}

    def metrics(sums: Array) -> dict[str, Array]:
        found = {name: _scores(scored[name], sums[..., parts[name]]) for name in scored}
        if "perplexity" in parts:
            losses, n_tokens = np.moveaxis(sums[..., parts["perplexity"]], -1, 0)
            found["perplexity"] = np.exp(losses / n_tokens)
        return found

    return Tally(table=np.concatenate(list(tables.values()), axis=1), metrics=metrics, parts=parts, sizes={})


def signature(cut: str) -> str:
    """What sacreBLEU writes beside a BLEU, so that others can compute the same."""
    scorer = bleu_scorer(cut)
    scorer.corpus_score(["a"], [["a"]])  # the number of references is known by then
    return str(scorer.get_signature())


def bleu_scorer(cut: str) -> Any:
    """SacreBLEU's BLEU.

    Raises:
        MissingExtraError: if it is not installed.
    """
    return _metrics().BLEU(tokenize=cut)


def chrf_scorer() -> Any:
    """SacreBLEU's chrF (Popovic 2015, https://aclanthology.org/W15-3049/).

    Raises:
        MissingExtraError: if it is not installed.
    """
    return _metrics().CHRF()


def _metrics() -> Any:
    try:
        return import_module("sacrebleu.metrics")
    except ImportError as error:
        raise MissingExtraError(package="sacrebleu", extra="translate", purpose="scores of translations") from error


def _counts(scorer: Any, texts: Sequence[str], truth: Sequence[str]) -> Array:
    """What each sentence adds to the counts that the score is made of, shape (sentence, count)."""
    return np.array(scorer._extract_corpus_statistics(texts, [truth]), dtype=np.float64)


def _scores(scorer: Any, sums: Array) -> Array:
    """The score of each row of sums, shape (...)."""
    score: Callable[[list[int]], Any] = scorer._compute_score_from_stats
    flat = [score(row).score for row in sums.reshape(-1, sums.shape[-1]).round().astype(np.int64).tolist()]
    return np.array(flat).reshape(sums.shape[:-1])
