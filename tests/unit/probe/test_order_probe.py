"""The order probe: exact for encoders without order, loud for those with it, and careful with what stays."""

import numpy as np
import pytest
import torch
from pydantic import TypeAdapter
from torch import nn

from seqwise.batch.flat import collate
from seqwise.errors import UsageError
from seqwise.model.contracts import Vocabulary
from seqwise.model.encoders import ENCODERS
from seqwise.model.network import encoder_spec
from seqwise.probe.order import equivariance, invariance, shuffled_scores
from seqwise.records import Examples, FlatTokens
from seqwise.settings.encoders import EncoderSettings

N_WORDS = 12
LENGTHS = (14, 1, 9, 30, 14)


def batch(lengths=LENGTHS, *, queries=0, n_words=N_WORDS):
    """Sequences of tokens, each with as many tokens 0 at its end as there are queries."""
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    ids = np.random.default_rng(0).integers(1, n_words, offsets[-1]).astype(np.int32)
    for end in offsets[1:]:
        ids[end - queries : end] = 0
    return collate(Examples(tokens=FlatTokens(ids=ids, offsets=offsets)), np.arange(len(lengths)))


def encoder(kind, **given):
    torch.manual_seed(0)
    sizes = {"transformer": {"hidden": 24, "feed_forward": 48, "layers": 2}}
    sizes |= {"recurrent": {"embedding": 8, "hidden": 12}, "window": {"embedding": 8, "hidden": [12]}}
    settings = TypeAdapter(EncoderSettings).validate_python({"name": kind, **sizes.get(kind, {}), **given})
    made = encoder_spec(kind).build(settings, Vocabulary(N_WORDS)).eval()
    for parameter in made.parameters():  # embeddings of 0.02 would hide what is seen
        nn.init.normal_(parameter, std=0.3)
    return made


BLIND = [("transformer", {"positions": "none"}), ("window", {"radius": 0})]
SEEING = [
    *(("transformer", {"positions": positions}) for positions in ("learned", "sinusoidal", "rotary")),
    *(("recurrent", {"cell": cell}) for cell in ("rnn", "gru", "lstm")),
    ("recurrent", {"bidirectional": False}),
    ("window", {"radius": 1}),
]


@pytest.mark.parametrize(("kind", "given"), BLIND)
@pytest.mark.parametrize(("number", "most"), [(torch.float64, 1e-13), (torch.float32, 1e-5)])
def test_an_encoder_without_order_is_equivariant_to_rounding(kind, given, number, most):
    made = encoder(kind, **given).to(number)
    facts = equivariance(lambda batch: made(batch).hidden, batch())
    assert facts.error <= most * facts.scale


@pytest.mark.parametrize(("kind", "given"), SEEING)
def test_an_encoder_with_order_is_not(kind, given):
    made = encoder(kind, **given).double()
    facts = equivariance(lambda batch: made(batch).hidden, batch())
    assert facts.error > 1e-2 * facts.scale


@pytest.mark.parametrize("positions", ["none", "rotary"])
def test_outputs_at_queries_stay_where_a_blind_model_is_given_shuffled_inputs(positions):
    made, rows = encoder("transformer", positions=positions).double(), batch((12, 9), queries=3)
    is_query = rows.tokens == 0
    facts = equivariance(lambda batch: made(batch).hidden, rows, movable=~is_query)
    at_queries = invariance(lambda batch: made(batch).hidden[is_query], rows, movable=~is_query)
    assert (facts.error <= 1e-13 * facts.scale) == (positions == "none")
    assert (at_queries.error <= 1e-13 * at_queries.scale) == (positions == "none")


def test_vectors_of_sequences_are_compared_as_they_are():
    bag, recurrent = encoder("bag").double(), encoder("recurrent").double()
    assert invariance(lambda batch: bag(batch).pooled, batch()).error < 1e-12
    assert invariance(lambda batch: recurrent(batch).pooled, batch()).error > 1e-2


def test_only_tokens_that_may_move_move_and_each_in_its_own_sequence():
    rows = batch()
    movable = rows.positions > 2
    seen = []

    def score(shuffled):
        seen.append(shuffled.tokens)
        return float((shuffled.tokens == rows.tokens).double().mean())

    scores = shuffled_scores(score, rows, movable=movable, n=20, seed=1)
    assert len(scores) == 20
    for tokens in seen:
        assert torch.equal(tokens[~movable], rows.tokens[~movable])
        for one, other in zip(tokens.split(LENGTHS), rows.tokens.split(LENGTHS), strict=True):
            assert torch.equal(one.sort().values, other.sort().values)
    # Every token that may move is moved by some shuffle.
    moved = torch.stack(seen).ne(rows.tokens).any(dim=0)
    assert moved[movable].double().mean() > 0.95
    assert scores == shuffled_scores(score, rows, movable=movable, n=20, seed=1)
    assert scores != shuffled_scores(score, rows, movable=movable, n=20, seed=2)


def test_the_size_of_the_outputs_is_the_root_of_their_mean_square():
    facts = invariance(lambda batch: torch.full((3, 2), -2.0), batch())
    assert (facts.error, facts.scale) == (0.0, 2.0)


def test_nothing_to_shuffle_and_dropout_are_told():
    rows = batch((1, 1, 1))
    with pytest.raises(UsageError, match=r"no sequence has two different tokens that may move\. Give longer sequences"):
        invariance(lambda batch: batch.tokens[:, None].double(), rows)
    with pytest.raises(UsageError, match="no sequence has two different tokens"):
        invariance(lambda batch: batch.tokens[:, None].double(), batch(n_words=2))
    with pytest.raises(UsageError, match="no sequence has two different tokens"):
        shuffled_scores(lambda _: 0.0, batch(), movable=batch().positions == 0)
    with pytest.raises(UsageError, match=r"two passes over the same batch differ\. Put the network in eval mode"):
        equivariance(lambda batch: torch.randn(batch.n_tokens, 3), batch())


def test_every_encoder_that_needs_no_checkpoint_is_asked():
    assert {kind for kind, _ in BLIND + SEEING} | {"bag", "bert"} == set(ENCODERS)
