import pytest
import torch
from ragged import batch_of, random_sequences

from seqwise.errors import UsageError
from seqwise.model.contracts import Vocabulary
from seqwise.model.encoders.transformer import ENCODER
from seqwise.model.layers.dropout import Dropout
from seqwise.model.layers.positions import sinusoids
from seqwise.settings.encoders import TransformerSettings

WORDS = 11
SMALL = {"hidden": 24, "layers": 2, "heads": 3, "feed_forward": 40, "max_positions": 64, "dropout": 0.1}
POSITIONS = ("none", "learned", "sinusoidal", "rotary")
POOLINGS = ("final", "mean", "max", "attention")
LENGTHS = (5, 1, 16, 17, 40, 5)


def encoder(*, positions="learned", **changes):
    torch.manual_seed(0)
    made = ENCODER.build(TransformerSettings(**{**SMALL, "positions": positions, **changes}), Vocabulary(WORDS)).eval()
    for parameter in made.parameters():
        # The usual first weights are so small that the token hardly depends on its place or neighbours.
        torch.nn.init.normal_(parameter, std=0.3)
    return made


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("positions", POSITIONS)
def test_a_sequence_gives_the_same_alone_in_a_batch_and_in_any_order(positions, pooling):
    made = encoder(positions=positions, pooling=pooling).double()  # so that rounding hides no leak
    sequences = random_sequences(LENGTHS, vocabulary=WORDS)
    order = (3, 0, 5, 1, 4, 2)
    with torch.no_grad():
        together = made(batch_of(sequences))
        mixed = made(batch_of([sequences[i] for i in order]))
        for rank, i in enumerate(order):
            alone = made(batch_of([sequences[i]]))
            torch.testing.assert_close(together.hidden.split(LENGTHS)[i], alone.hidden, atol=1e-12, rtol=0)
            torch.testing.assert_close(together.pooled[i], alone.pooled[0], atol=1e-12, rtol=0)
            torch.testing.assert_close(together.pooled[i], mixed.pooled[rank], atol=1e-12, rtol=0)


def shuffled_difference(made):
    sequence = random_sequences((12,), vocabulary=WORDS)[0]
    order = torch.randperm(12, generator=torch.Generator().manual_seed(3))
    with torch.no_grad():
        straight = made(batch_of([sequence])).hidden
        turned = made(batch_of([[sequence[i] for i in order]])).hidden
    return (straight[order] - turned).abs().max().item()


def test_without_positions_the_order_cannot_be_seen():
    assert shuffled_difference(encoder(positions="none")) <= 1e-6


@pytest.mark.parametrize("positions", ["learned", "sinusoidal", "rotary"])
def test_with_positions_the_order_is_seen(positions):
    assert shuffled_difference(encoder(positions=positions)) > 1e-2


def test_learned_positions_refuse_a_longer_sequence():
    with pytest.raises(UsageError, match=r"has 65 tokens, and the encoder has learnt positions for 64\. Set"):
        encoder()(batch_of(random_sequences((65,), vocabulary=WORDS)))


@pytest.mark.parametrize("positions", ["none", "sinusoidal", "rotary"])
def test_other_positions_have_no_longest_sequence(positions):
    assert encoder(positions=positions)(batch_of(random_sequences((65,), vocabulary=WORDS))).hidden.isfinite().all()


@pytest.mark.parametrize(("positions", "hidden"), [("rotary", 9), ("sinusoidal", 9)])
def test_positions_in_pairs_refuse_an_odd_width(positions, hidden):
    message = rf"encoder.hidden: 9 units, 3 heads: no pairs for {positions} positions\. Choose a multiple of"
    with pytest.raises(UsageError, match=message):
        encoder(positions=positions, hidden=hidden)


def test_sinusoids_are_added_to_scaled_words():
    made = encoder(positions="sinusoidal")
    inputs = []
    made.blocks[0].register_forward_pre_hook(lambda _, given: inputs.append(given[0]))
    batch = batch_of([[4, 4]])
    made(batch)
    # Vaswani et al. 2017, section 3.4: the embeddings are multiplied by the root of the width.
    expected = made.words.table.weight[4] * 24**0.5 + sinusoids(torch.arange(2), 24)
    torch.testing.assert_close(inputs[0], expected)


def test_word_vectors_are_where_the_embedding_starts():
    vectors = torch.randn(WORDS, 24).numpy()
    made = ENCODER.build(TransformerSettings(**SMALL), Vocabulary(WORDS, vectors))
    assert torch.equal(made.words.table.weight, torch.from_numpy(vectors))


def test_first_weights_are_normal_with_the_deviation_of_bert():
    torch.manual_seed(0)
    made = ENCODER.build(TransformerSettings(), Vocabulary(2000))
    assert made.words.table.weight.std().item() == pytest.approx(0.02, rel=0.02)
    assert made.blocks[0].attention.query_key_value.weight.std().item() == pytest.approx(0.02, rel=0.02)
    assert made.blocks[0].feed_forward.inner.bias.abs().max() == 0


def test_depth_counts_from_the_embeddings():
    made = encoder(pooling="attention")
    depths = {name: made.depth(name) for name, _ in made.named_parameters()}
    assert depths["words.table.weight"] == depths["positions.weight"] == 0
    assert depths["blocks.0.attention.output.bias"] == 1
    assert depths["blocks.1.feed_forward.inner.weight"] == made.n_layers == 2
    assert depths["norm.weight"] == depths["pooling.query"] == 3


def test_the_result_has_the_width_that_is_promised():
    encoded = encoder()(batch_of(random_sequences(LENGTHS, vocabulary=WORDS)))
    assert encoded.hidden.shape == (sum(LENGTHS), 24)
    assert encoded.pooled.shape == (len(LENGTHS), 24)
    assert encoder().width == 24


@pytest.mark.parametrize("positions", POSITIONS)
def test_bfloat16_is_near_float32(positions):
    made = encoder(positions=positions)
    batch = batch_of(random_sequences(LENGTHS, vocabulary=WORDS))
    with torch.no_grad():
        expected = made(batch).pooled
        half = made.to(torch.bfloat16)(batch)
    assert half.hidden.shape == (sum(LENGTHS), 24)
    assert half.pooled.dtype == torch.bfloat16
    torch.testing.assert_close(half.pooled.float(), expected, atol=0.15, rtol=0.1)


def test_the_dummy_tail_of_bfloat16_sends_no_gradient():
    made = encoder(positions="sinusoidal").to(torch.bfloat16)
    made(batch_of(random_sequences((3,), vocabulary=3))).pooled.sum().backward()
    # Words 3 and up do not occur; the tail's zeros are no word either.
    assert made.words.table.weight.grad[3:].abs().max() == 0
    assert all(parameter.grad.isfinite().all() for parameter in made.parameters())


def test_a_tiny_set_is_learnt_by_heart():
    torch.manual_seed(0)
    settings = TransformerSettings(hidden=32, layers=1, heads=2, feed_forward=64, dropout=0.0, max_positions=32)
    made = ENCODER.build(settings, Vocabulary(WORDS))
    head = torch.nn.Linear(32, 2)
    batch = batch_of(random_sequences((4, 9, 3, 12, 6, 7, 4, 8), vocabulary=WORDS))
    targets = torch.tensor([0, 1, 1, 0, 1, 0, 0, 1])
    optimizer = torch.optim.AdamW([*made.parameters(), *head.parameters()], lr=3e-3)
    for _ in range(60):
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(head(made(batch).pooled), targets)
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.05


def test_every_dropout_takes_effect_in_training():
    made = encoder().train()
    batch = batch_of(random_sequences(LENGTHS, vocabulary=WORDS))
    places = [(part, part.p) for part in made.modules() if isinstance(part, Dropout)]
    for part, _ in places:
        part.p = 0.0
    with torch.no_grad():
        expected = made(batch).pooled
        for part, share in places:
            part.p = 0.5 * (share > 0)
            assert torch.allclose(made(batch).pooled, expected, atol=1e-5) == (share == 0)
            part.p = 0.0
