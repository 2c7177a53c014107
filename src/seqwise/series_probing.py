"""What the checks see of series: windows and scalers before training; probes of the network and its answers after."""

import copy
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Bool
from torch import Tensor

from seqwise.answers import SeriesAnswers
from seqwise.batch.flat import collate
from seqwise.batch.plan import prediction_batches
from seqwise.check.series_facts import forecast_facts, scaler_facts, window_evidence
from seqwise.errors import UsageError
from seqwise.model.encoders.recurrent import RecurrentEncoder
from seqwise.model.heads.decoder import DecoderHead
from seqwise.model.heads.numbers import NumbersHead
from seqwise.model.network import Network
from seqwise.prepare.series_splits import training_rows
from seqwise.probe.order import invariance, shuffled_scores
from seqwise.probe.representation import representation
from seqwise.records import Predictions
from seqwise.series_evidence import ForcingFacts, OrderFacts, RuleFacts, Scale, SeriesEvidence
from seqwise.series_records import Forecasts
from seqwise.tasks.contract import Work
from seqwise.tasks.forecast import SeriesWork
from seqwise.tasks.series_answers import states_before
from seqwise.tensors import Batch

# Windows that a probe asks about: a share of right steps is then told to about four points.
N_PROBED = 64


def evidence_of_windows(work: Work, network: Network) -> SeriesEvidence | None:
    """What windows and scalers say before the first update; None where there are none."""
    if not isinstance(work, SeriesWork):
        return None
    facts = replace(window_evidence(work.windows), is_recurrent=isinstance(network.encoder, RecurrentEncoder))
    scaling, series = work.preparation.scaling, work.splits.series
    if work.preparation.states or scaling.how == "minmax":
        return facts
    fitted = [Scale(*pair) for pair in zip(scaling.location, scaling.spread, strict=True)]
    training = series.values[training_rows(work.windows["train"])].astype(np.float64)
    every = series.values.astype(np.float64)
    return replace(facts, scalers=tuple(scaler_facts(series.channels, fitted, training=training, every=every)))


def evidence_of_answers(
    before: SeriesEvidence, work: SeriesWork, *, network: Network, answers: Mapping[str, SeriesAnswers]
) -> SeriesEvidence:
    """The same after training: whether the network sees the order of its input, and what its answers look like."""
    examples = work.examples["validation"]
    probed = copy.deepcopy(network).cpu().double().eval()  # float32 rounds as much as some networks see of the order
    batch = collate(examples, _spread(len(examples)))
    seen = _seen(batch)
    return replace(
        before,
        order=_order(probed, batch, seen),
        representation=representation(lambda each: probed.encoder(each).hidden, batch, compared=~seen),
        forecasts=tuple(
            facts
            for split, found in answers.items()
            if isinstance(found, Forecasts) and found.truth is not None
            for place, channel in enumerate(found.channels)
            if (facts := forecast_facts(found.truth[..., place], found.point[..., place], split=split, channel=channel))
        ),
        rules=_rules(work, answers),
        forcing=_forcing(work, network, answers),
        n_blocks={split: len(found.horizons.blocks) - 1 for split, found in answers.items() if found.horizons},
        n_forecast={split: len(found.horizons or ()) for split, found in answers.items()},
    )


def _rules(work: SeriesWork, answers: Mapping[str, SeriesAnswers]) -> tuple[RuleFacts, ...]:
    """What the rules changed in each split; nothing where there are none."""
    rules, found = work.rules, list[RuleFacts]()
    for split, said in answers.items():
        if rules is None or not isinstance(said, Predictions) or said.truth is None:
            continue
        before, shape = states_before(work.windows[split]), (-1, work.windows[split].horizon)
        free = said.probabilities.argmax(axis=1)
        chosen = {"free": free, "ruled": said.predicted, "true": said.truth}
        broken = {name: int(rules.violations(each.reshape(shape), before).sum()) for name, each in chosen.items()}
        found.append(
            RuleFacts(
                split=split,
                n=len(free),
                n_free=broken["free"],
                n_ruled=broken["ruled"],
                n_true=broken["true"],
                free_right=int((free == said.truth).sum()),
                ruled_right=int((said.predicted == said.truth).sum()),
            )
        )
    return tuple(found)


def _forcing(work: SeriesWork, network: Network, answers: Mapping[str, SeriesAnswers]) -> tuple[ForcingFacts, ...]:
    """What a decoder gets right when it is told the truth before each step; nothing for other heads."""
    head, found = network.head, list[ForcingFacts]()
    if not isinstance(head, DecoderHead):
        return ()
    device = next(network.parameters()).device
    for split, said in answers.items():
        if not isinstance(said, Predictions) or said.truth is None:
            continue
        n_right = 0
        with torch.inference_mode():
            for batch in prediction_batches(work.examples[split]):
                placed = batch.to(device)
                logits = head.forced(network.encoder(placed).hidden, placed)
                assert placed.targets is not None
                n_right += int((logits.argmax(dim=1) == placed.targets).sum())
        free = int((said.probabilities.argmax(axis=1) == said.truth).sum())
        found.append(ForcingFacts(split, n=len(said.truth), forced_right=n_right, free_right=free))
    return tuple(found)


def _order(network: Network, batch: Batch, seen: Bool[Tensor, " token"]) -> OrderFacts | None:
    """What shuffling the steps that are seen changes; None where none can be shuffled."""
    try:
        facts = invariance(network, batch, movable=seen)
    except UsageError:
        return None
    is_of_numbers = isinstance(network.head, NumbersHead)

    def score(asked: Batch) -> float:
        outputs = network(asked)
        if isinstance(network.head, NumbersHead):
            assert asked.values is not None
            return float((network.head.point(outputs) - asked.values).abs().mean())
        assert asked.targets is not None
        return float((outputs.argmax(dim=1) == asked.targets).double().mean())

    with torch.no_grad():
        as_it_is = score(batch)
    shuffled = shuffled_scores(score, batch, movable=seen)
    return replace(facts, metric="mae" if is_of_numbers else "accuracy", score=as_it_is, shuffled=shuffled)


def _seen(batch: Batch) -> Bool[Tensor, " token"]:
    """True for the tokens of steps that are seen, False for those to come."""
    assert batch.units is not None
    seen = torch.ones(batch.n_tokens, dtype=torch.bool)
    seen[batch.units.starts] = False
    return seen


def _spread(n: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Numbers of so many windows at most, spread over all of them."""
    return np.unique(np.linspace(0, n - 1, min(n, N_PROBED)).round().astype(np.int64))
