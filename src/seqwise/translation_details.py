"""What the report shows of a run that writes texts: rows with what was written, and what the decoder looked at."""

from collections.abc import Mapping
from itertools import islice

import numpy as np
import torch

from seqwise.answers import Translations
from seqwise.batch.flat import collate
from seqwise.evaluate.scores import best_baseline
from seqwise.evaluate.translation_tallies import chrf_scorer, signature
from seqwise.model.network import Network
from seqwise.records import Examples, Indices
from seqwise.report.translation_facts import AttentionMap, ShownTranslation, TranslationFacts
from seqwise.settings.root import Settings
from seqwise.tasks.text_answers import text_head
from seqwise.tasks.translate import TranslationWork

VALIDATION = "validation"
# Rows of each kind, and characters of a text, that the page holds.
N_SHOWN, LONGEST = 20, 400
# Heat maps, and the tokens of a side that still can be read in one.
N_MAPS, MOST_TOKENS = 3, 24


def translation_facts(
    work: TranslationWork,
    predictions: Mapping[str, Translations],
    *,
    baselines: Mapping[str, Mapping[str, Translations]],
    network: Network,
    settings: Settings,
) -> TranslationFacts:
    """All that ``details.json`` tells of texts; the rows are of the last split, the test set if there is one.

    Args:
        work: of the task.
        predictions: of the model, by split.
        baselines: by split and name.
        network: trained.
        settings: of the run.
    """
    split = list(predictions)[-1]
    found = predictions[split]
    best = best_baseline(baselines[VALIDATION], settings.evaluate.verdict_on)
    rows = _Rows(work, split, found, baselines[split].get(best))
    drawn = np.random.default_rng(settings.runtime.seed).permutation(len(found.texts))
    worst = np.argsort(rows.scores, kind="stable")[:N_SHOWN]
    return TranslationFacts(
        split=split,
        signature=signature(work.cut),
        baseline=best,
        n_unended=0 if found.has_ended is None else int((~found.has_ended).sum()),
        worst=tuple(rows.shown(row) for row in worst.tolist()),
        drawn=tuple(rows.shown(row) for row in np.sort(drawn[:N_SHOWN]).tolist()),
        attention=_maps(work, found, network, drawn=drawn),
    )


class _Rows:
    """The rows of a split with what was written for them."""

    def __init__(self, work: TranslationWork, split: str, found: Translations, baseline: Translations | None) -> None:
        assert found.truth is not None
        self.rows, self.found, self.truth = work.splits.named()[split], found, found.truth
        self.baseline = None if baseline is None else baseline.texts
        scorer = chrf_scorer()
        pairs = zip(found.texts, self.truth, strict=True)
        self.scores = np.array([scorer.sentence_score(text, [true]).score for text, true in pairs])

    def shown(self, row: int) -> ShownTranslation:
        return ShownTranslation(
            place=self.rows.place(row),
            source=self.found.sources[row][:LONGEST],
            truth=self.truth[row][:LONGEST],
            prediction=self.found.texts[row][:LONGEST],
            baseline="" if self.baseline is None else self.baseline[row][:LONGEST],
            chrf=float(self.scores[row]),
        )


def _maps(work: TranslationWork, found: Translations, network: Network, *, drawn: Indices) -> tuple[AttentionMap, ...]:
    drawn_maps = (_map(work, found.sources[row], found.texts[row], network) for row in map(int, drawn))
    readable = islice((one for one in drawn_maps if one is not None), N_MAPS)
    return tuple(one for one in readable if np.any(one.weights))


def _map(work: TranslationWork, source: str, text: str, network: Network) -> AttentionMap | None:
    """What the decoder looks at while it is told its own text; None where a side is too long to be read."""
    preparation, head = work.preparation, text_head(network)
    tokens, _ = preparation.source.apply([source])
    answers, _ = preparation.target.apply([text])
    if max(len(tokens.ids), len(answers.ids)) > MOST_TOKENS:
        return None
    device = head.bias.device
    batch = collate(Examples(tokens=tokens, answers=answers), np.zeros(1, dtype=np.int64)).to(device)
    assert batch.targets is not None
    assert batch.target_lengths is not None
    with torch.inference_mode():
        memory = head.memory(network.encoder(batch).hidden, batch)
        weights = head.decoder.weights(head.vectors(head.told(batch.targets, batch.target_lengths)), memory)
    values = weights.double().cpu().numpy().round(4)
    return AttentionMap(
        sources=tuple(preparation.source.tokens(tokens.ids)),
        targets=tuple(preparation.target.tokens(answers.ids)),
        weights=tuple(tuple(row) for row in values.tolist()),
    )
