"""Decoders over a memory: at once and step by step, against torch's own layers."""

import pytest
import torch
from torch import nn

from seqwise.model.layers.decoder import Memory, MemoryShape
from seqwise.model.layers.positions import sinusoids
from seqwise.model.layers.recurrent_decoder import BahdanauDecoder, RecurrentDecoder
from seqwise.model.layers.transformer_decoder import TransformerDecoder

WIDTH, SOURCE_WIDTH = 12, 8
SHAPE = MemoryShape(SOURCE_WIDTH, summary=2 * SOURCE_WIDTH)
TARGETS = (3, 1, 19, 0, 4)
SOURCES = (5, 18, 2, 4, 6)
NAMES = ["transformer", "gru-general", "gru-concat", "lstm-general", "lstm-none", "gru-bahdanau", "lstm-bahdanau"]
CELLS = {"gru": nn.GRUCell, "lstm": nn.LSTMCell}


@pytest.fixture(params=NAMES)
def decoder(request):
    return made(request.param)


def made(name, *, n_layers=2, dropout=0.0):
    torch.manual_seed(0)
    if name == "transformer":
        return TransformerDecoder(WIDTH, n_layers, n_heads=3, source_width=SOURCE_WIDTH, dropout=dropout).double()
    cell, score = name.split("-")
    if score == "bahdanau":
        return BahdanauDecoder(cell, WIDTH, n_layers=n_layers, memory=SHAPE, dropout=dropout).double()
    score = None if score == "none" else score
    return RecurrentDecoder(cell, WIDTH, n_layers=n_layers, memory=SHAPE, score=score, dropout=dropout).double()


def told(targets=TARGETS):
    return torch.randn(sum(targets), WIDTH, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


def memory(sources=SOURCES):
    hidden = torch.randn(sum(sources), SOURCE_WIDTH, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    return seen_as(hidden, sources)


def seen_as(hidden, sources):
    """The memory whose summary is the first state of each sequence joined with the last."""
    parts = hidden.split(sources)
    return Memory(hidden, sources, summary=torch.stack([torch.cat([part[0], part[-1]]) for part in parts]))


def close(found, expected):
    torch.testing.assert_close(found, expected, atol=1e-12, rtol=0)


def test_the_transformer_is_torchs_own_decoder():
    ours = made("transformer")
    ours_source = nn.Linear(SOURCE_WIDTH, WIDTH, dtype=torch.float64)  # torch's layer knows one width alone
    one = nn.TransformerDecoderLayer(
        WIDTH, 3, 4 * WIDTH, dropout=0.0, activation="gelu", batch_first=True, norm_first=True, dtype=torch.float64
    )
    theirs = nn.TransformerDecoder(one, 2, norm=nn.LayerNorm(WIDTH, dtype=torch.float64))
    for mine, their in zip(ours.blocks, theirs.layers, strict=True):
        mine.cross.key_value = nn.Linear(WIDTH, 2 * WIDTH, dtype=torch.float64)
        for norm, other in (
            (mine.own_norm, their.norm1),
            (mine.cross_norm, their.norm2),
            (mine.feed_forward_norm, their.norm3),
        ):
            nn.init.normal_(norm.weight)
            nn.init.normal_(norm.bias)
            other.load_state_dict(norm.state_dict())
        their.linear1.load_state_dict(mine.feed_forward.inner.state_dict())
        their.linear2.load_state_dict(mine.feed_forward.outer.state_dict())
        for attention, other in ((mine.own, their.self_attn), (mine.cross, their.multihead_attn)):
            other.in_proj_weight.data = torch.cat([attention.query.weight, attention.key_value.weight]).detach()
            other.in_proj_bias.data = torch.cat([attention.query.bias, attention.key_value.bias]).detach()
            other.out_proj.load_state_dict(attention.output.state_dict())
    hidden = ours_source(memory().hidden)
    found = ours(told(), seen_as(hidden, SOURCES), lengths=TARGETS).split(TARGETS)
    for mine, x, seen in zip(found, told().split(TARGETS), hidden.split(SOURCES), strict=True):
        if len(x):
            placed = x + sinusoids(torch.arange(len(x)), WIDTH, kind=torch.float64)
            mask = nn.Transformer.generate_square_subsequent_mask(len(x), dtype=torch.float64)
            close(mine, theirs(placed[None], seen[None], tgt_mask=mask)[0])


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_the_cells_are_torchs_stacked_ones_from_the_bridge(cell):
    ours = made(f"{cell}-general")
    theirs = {"gru": nn.GRU, "lstm": nn.LSTM}[cell](WIDTH, WIDTH, 2, dtype=torch.float64)
    for number, each in enumerate(ours.cells):
        for name, value in each.named_parameters():
            getattr(theirs, name.replace("l0", f"l{number}")).data.copy_(value)
    found = ours(told(), memory(), lengths=TARGETS).split(TARGETS)
    for mine, x, seen in zip(found, told().split(TARGETS), memory().hidden.split(SOURCES), strict=True):
        if len(x):
            start = ours.bridge(torch.cat([seen[0], seen[-1]])).tanh().view(2, -1, WIDTH)  # (layer, state, hidden)
            states = tuple(start[:, i].contiguous() for i in range(start.shape[1]))
            h = theirs(x, states if cell == "lstm" else states[0])[0]
            shares = (h @ ours.attention.key(seen).T).softmax(1)
            close(mine, ours.attention.output(torch.cat([shares @ seen, h], dim=1)).tanh())


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_bahdanaus_decoder_is_its_equations_step_by_step(cell):
    ours = made(f"{cell}-bahdanau", n_layers=1)
    theirs = CELLS[cell](WIDTH + SOURCE_WIDTH, WIDTH, dtype=torch.float64)
    theirs.load_state_dict({name.removesuffix("_l0"): value for name, value in ours.cells[0].state_dict().items()})
    found = ours(told(), memory(), lengths=TARGETS).split(TARGETS)
    for mine, x, seen in zip(found, told().split(TARGETS), memory().hidden.split(SOURCES), strict=True):
        start = ours.bridge(torch.cat([seen[0], seen[-1]])).tanh()
        h, c = start[:WIDTH], start[WIDTH:]
        for row, vector in enumerate(x):
            scores = (ours.attention.key(seen) + ours.attention.query(h)).tanh() @ ours.attention.vector.weight[0]
            context = scores.softmax(0) @ seen
            given = torch.cat([vector, context])
            if cell == "gru":
                h = theirs(given[None], h[None])[0]
            else:
                h, c = (state[0] for state in theirs(given[None], (h[None], c[None])))
            close(mine[row], ours.output(torch.cat([h, vector, context])).tanh())


def test_paths_that_go_on_from_another_have_its_past(decoder):
    sources = (4, 2)
    first, then = torch.randn(2, 6, WIDTH, dtype=torch.float64)  # three paths of two sequences
    _, state = decoder.step(first, decoder.begin(memory(sources), n_paths=3))
    rows = torch.tensor([2, 2, 0, 4, 3, 3])
    found, _ = decoder.step(then, decoder.follow(state, rows))
    _, expected = decoder.step(first[rows], decoder.begin(memory(sources), n_paths=3))
    close(found, decoder.step(then, expected)[0])


def test_the_weights_of_a_sequence_are_shares_of_its_sources(decoder):
    x, seen = told((4,)), memory((5,))
    weights = decoder.weights(x, seen)
    if isinstance(decoder, RecurrentDecoder) and decoder.attention is None:
        assert not weights.any()
        return
    assert weights.shape[0] == 4
    close(weights[:, :5].sum(1), torch.ones(4, dtype=torch.float64))
    changed = x.clone()
    changed[3] += 1.0
    close(decoder.weights(changed, seen)[:3], weights[:3])  # what is told later is not seen


def test_step_by_step_the_numbers_are_those_of_the_whole_pass(decoder):
    whole = decoder(told(), memory(), lengths=TARGETS).split(TARGETS)
    parts, state = told().split(TARGETS), decoder.begin(memory())
    for step in range(max(TARGETS)):
        x = torch.stack([part[step] if step < len(part) else torch.zeros(WIDTH).double() for part in parts])
        hidden, state = decoder.step(x, state)
        for row, part in enumerate(whole):
            if step < len(part):
                close(hidden[row], part[step])


def test_paths_of_a_sequence_know_nothing_of_each_other(decoder):
    sources = (4, 2)
    x = torch.randn(5, 3, 2, WIDTH, dtype=torch.float64)  # (step, path, sequence, hidden)
    together, alone = decoder.begin(memory(sources), n_paths=3), [decoder.begin(memory(sources)) for _ in range(3)]
    for step in x:
        hidden, together = decoder.step(step.transpose(0, 1).flatten(0, 1), together)
        for path in range(3):
            expected, alone[path] = decoder.step(step[path], alone[path])
            close(hidden.view(2, 3, WIDTH)[:, path], expected)


def test_a_later_target_changes_no_earlier_one(decoder):
    changed = told()
    changed[10:23] *= -1.0  # the last targets of the third sequence
    before, after = (decoder(x, memory(), lengths=TARGETS) for x in (told(), changed))
    assert torch.equal(before[:10], after[:10])
    assert torch.equal(before[23:], after[23:])
    assert not torch.allclose(before[10:23], after[10:23])


def test_a_sequence_gives_the_same_alone_in_a_batch_and_in_any_order(decoder):
    expected = decoder(told(), memory(), lengths=TARGETS).split(TARGETS)
    x, hidden = told().split(TARGETS), memory().hidden.split(SOURCES)
    for order in ((4, 3, 2, 1, 0), (2,), (0, 3)):
        seen = seen_as(torch.cat([hidden[i] for i in order]), tuple(SOURCES[i] for i in order))
        found = decoder(torch.cat([x[i] for i in order]), seen, lengths=tuple(TARGETS[i] for i in order))
        close(found, torch.cat([expected[i] for i in order]))


def test_the_gradient_is_the_numerical_one(decoder):
    names, weights = zip(*decoder.named_parameters(), strict=True)
    targets, sources = (2, 0, 1), (1, 2, 3)

    def run(x, hidden, *weights):
        call = {"lengths": targets}
        return torch.func.functional_call(
            decoder, dict(zip(names, weights, strict=True)), (x, seen_as(hidden, sources)), call
        )

    x, hidden = told(targets).requires_grad_(), memory(sources).hidden.requires_grad_()
    assert torch.autograd.gradcheck(run, (x, hidden, *weights), fast_mode=True)


def test_the_gradient_reaches_every_parameter_step_by_step_too(decoder):
    state, total = decoder.begin(memory()), 0.0
    for x in torch.randn(3, len(SOURCES), WIDTH, dtype=torch.float64):
        hidden, state = decoder.step(x, state)
        total = total + hidden.square().sum()
    total.backward()
    assert all(parameter.grad.abs().sum() > 0 for parameter in decoder.parameters())


@pytest.mark.parametrize("name", NAMES)
def test_dropout_falls_in_training_only(name):
    network = made(name, dropout=0.5)
    assert not torch.allclose(*(network.train()(told(), memory(), lengths=TARGETS) for _ in range(2)))
    assert torch.equal(*(network.eval()(told(), memory(), lengths=TARGETS) for _ in range(2)))


def test_no_target_gives_no_state(decoder):
    assert decoder(told(()), memory((2, 3)), lengths=(0, 0)).shape == (0, WIDTH)


def test_two_ways_on_from_one_state_do_not_disturb_each_other(decoder):
    """Step upon step, for room that is written in place may be shared."""
    steps = torch.randn(40, len(SOURCES), WIDTH, dtype=torch.float64)
    own = torch.arange(len(SOURCES))
    with torch.inference_mode():
        state, expected = decoder.begin(memory()), []
        for x in steps:
            hidden, state = decoder.step(x, state)
            expected.append(hidden)
        state, passed = decoder.begin(memory()), []
        for x, hidden in zip(steps, expected, strict=True):
            passed.append(state)
            found, after = decoder.step(x, state)
            decoder.step(-x, state)  # another way on
            close(found, hidden)
            state = decoder.follow(after, own)
        for x, before, hidden in zip(steps, passed, expected, strict=True):
            close(decoder.step(x, before)[0], hidden)


def test_a_state_of_inference_is_gone_on_from_outside_it_and_frozen_keys_stop_no_gradient(decoder):
    steps = torch.randn(5, len(SOURCES), WIDTH, dtype=torch.float64)
    for name, parameter in decoder.named_parameters():
        parameter.requires_grad_("key" not in name)
    with torch.inference_mode():
        state = decoder.begin(memory())
        for x in steps[:4]:
            _, state = decoder.step(x, state)
    with torch.no_grad():
        found, _ = decoder.step(steps[4], state)
    state, total = decoder.begin(memory()), 0.0
    for x in steps:
        hidden, state = decoder.step(x, state)
        total = total + hidden.sum()
    total.backward()
    close(found, hidden.detach())


@pytest.mark.parametrize("has_gradients", [True, False])
def test_paths_exchanged_again_and_again_are_those_of_one_pass_over_their_own_past(decoder, has_gradients):
    sources, n_paths, n_steps = (4, 2, 7), 3, 25
    chance = torch.Generator().manual_seed(5)
    with torch.set_grad_enabled(has_gradients):
        state, histories = decoder.begin(memory(sources), n_paths=n_paths), [[] for _ in range(9)]
        for step in range(n_steps):
            x = torch.randn(9, WIDTH, dtype=torch.float64, generator=chance)
            found, state = decoder.step(x, state)
            histories = [[*past, told_now] for past, told_now in zip(histories, x, strict=True)]
            apart = torch.arange(9) // n_paths * n_paths
            rows = torch.arange(9) if step % 4 == 1 else apart + torch.randint(n_paths, (9,), generator=chance)
            state = decoder.follow(state, rows)
            if step < n_steps - 1:
                histories = [histories[row] for row in rows.tolist()]
        hidden = memory(sources).hidden.split(sources)
        for path, past in enumerate(histories):
            seen = seen_as(hidden[path // n_paths], (sources[path // n_paths],))
            close(found[path], decoder(torch.stack(past), seen, lengths=(n_steps,))[-1])
