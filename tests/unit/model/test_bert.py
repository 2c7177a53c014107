import json

import pytest
import torch
from ragged import batch_of, random_sequences
from safetensors.torch import load_file, save_file

from seqwise.errors import UsageError
from seqwise.model.bert_names import split, theirs
from seqwise.model.contracts import Vocabulary
from seqwise.model.encoders.bert import ENCODER, build_bert, load_checkpoint
from seqwise.model.layers.dropout import Dropout
from seqwise.settings.encoders import BertSettings

TINY = {
    "vocab_size": 60,
    "hidden_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 3,
    "intermediate_size": 40,
    "max_position_embeddings": 50,
    "initializer_range": 0.3,
}
DISTILBERT = {"dim": 24, "n_layers": 2, "n_heads": 3, "hidden_dim": 40}
KINDS = ("bert", "roberta", "electra", "distilbert")
LENGTHS = (5, 1, 16, 17, 40, 5)


def config_of(kind, **changes):
    return {"model_type": kind, **TINY, **(DISTILBERT if kind == "distilbert" else {}), **changes}


def encoder(kind="bert", *, config=None, **settings):
    torch.manual_seed(0)
    made = build_bert(config or config_of(kind), BertSettings(checkpoint="folder", **settings)).eval()
    for name, parameter in made.named_parameters():
        if parameter.ndim == 1:
            torch.nn.init.normal_(parameter, mean=float(name.endswith("norm.weight")), std=0.2)
    return made


def save(folder, made, *, rename=str, drop=(), extra=None):
    """Write a folder as Hugging Face does, with names changed or left out."""
    state = made.state_dict()
    tensors = split(state, {name: theirs(name, made.config.family) for name in state})
    kept = {rename(name): tensor for name, tensor in tensors.items() if name not in drop}
    save_file({**kept, **(extra or {})}, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(dict(made.config.raw)))


def load(folder, *, n_words=60, **settings):
    return ENCODER.build(BertSettings(checkpoint=str(folder), **settings), Vocabulary(n_words)).eval()


def same_body(one, other):
    theirs = other.state_dict()
    return all(torch.equal(value, theirs[name]) for name, value in one.state_dict().items() if "pooling" not in name)


@pytest.mark.parametrize("kind", KINDS)
def test_a_sequence_gives_the_same_alone_in_a_batch_and_in_any_order(kind):
    made = encoder(kind).double()  # so that rounding hides no leak
    sequences = random_sequences(LENGTHS, vocabulary=60)
    order = (3, 0, 5, 1, 4, 2)
    with torch.no_grad():
        together = made(batch_of(sequences))
        mixed = made(batch_of([sequences[i] for i in order]))
        for rank, i in enumerate(order):
            alone = made(batch_of([sequences[i]]))
            torch.testing.assert_close(together.hidden.split(LENGTHS)[i], alone.hidden, atol=1e-12, rtol=0)
            torch.testing.assert_close(together.pooled[i], alone.pooled[0], atol=1e-12, rtol=0)
            torch.testing.assert_close(together.pooled[i], mixed.pooled[rank], atol=1e-12, rtol=0)


@pytest.mark.parametrize("kind", KINDS)
def test_a_folder_gives_back_every_tensor(kind, tmp_path):
    made = encoder(kind)
    save(tmp_path, made)
    loaded = load(tmp_path)
    for name, tensor in made.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], tensor), name
    assert loaded.report.missing == loaded.report.unexpected == ()


OLD_NAMES = {
    "body of a larger model": lambda name: f"bert.{name}",
    "two prefixes": lambda name: f"module.bert.{name}",
    "model": lambda name: f"model.{name}",
    "gamma and beta": lambda name: name.replace("LayerNorm.weight", "LayerNorm.gamma").replace(
        "LayerNorm.bias", "LayerNorm.beta"
    ),
}


@pytest.mark.parametrize("how", OLD_NAMES)
def test_older_names_are_known(how, tmp_path):
    made = encoder()
    save(tmp_path, made, rename=OLD_NAMES[how])
    assert same_body(made, load(tmp_path))


def test_tensors_without_a_use_are_reported(tmp_path):
    extra = {"cls.predictions.bias": torch.ones(60), "bert.embeddings.position_ids": torch.arange(50)}
    save(tmp_path, encoder(), extra=extra)
    assert load(tmp_path).report.unexpected == ("cls.predictions.bias",)


def test_a_pooler_that_is_not_asked_for_is_reported(tmp_path):
    save(tmp_path, encoder())
    report = load(tmp_path, pooling="mean").report
    assert report.unexpected == ("pooler.dense.bias", "pooler.dense.weight")
    assert report.missing == ()


def test_a_missing_pooler_is_new_and_reported(tmp_path):
    save(tmp_path, encoder(), drop=("pooler.dense.weight", "pooler.dense.bias"))
    loaded = load(tmp_path)
    assert loaded.report.missing == ("pooler.dense.weight", "pooler.dense.bias")
    assert loaded.pooling.dense.weight.std().item() == pytest.approx(0.3, rel=0.1)
    assert loaded.pooling.dense.bias.abs().max() == 0


def test_a_missing_tensor_of_the_body_is_never_made_anew(tmp_path):
    save(tmp_path, encoder(), drop=("encoder.layer.1.attention.self.key.weight",))
    message = r"tensors of the encoder are missing: encoder.layer.1.attention.self.key.weight\. The weights and config"
    with pytest.raises(UsageError, match=message):
        load(tmp_path)


def test_a_layer_too_many_is_not_dropped_in_silence(tmp_path):
    save(tmp_path, encoder())
    (tmp_path / "config.json").write_text(json.dumps(config_of("bert", num_hidden_layers=1)))
    message = r"tensors have no place in the encoder: encoder.layer.1.attention.output.LayerNorm.bias, .* and 10 more\."
    with pytest.raises(UsageError, match=message):
        load(tmp_path)


def test_a_tensor_of_another_shape_is_refused(tmp_path):
    save(tmp_path, encoder())
    (tmp_path / "config.json").write_text(json.dumps(config_of("bert", max_position_embeddings=51)))
    with pytest.raises(UsageError, match=r"embeddings.positions.weight is \(50, 24\), \(51, 24\) is needed\."):
        load(tmp_path)


def test_a_tokenizer_with_more_tokens_than_vectors_is_refused(tmp_path):
    save(tmp_path, encoder())
    message = r"the tokenizer knows 61 tokens, and the encoder has vectors for 60\. Use the tokenizer"
    with pytest.raises(UsageError, match=message):
        load(tmp_path, n_words=61)


@pytest.mark.parametrize(("kind", "longest"), [("bert", 50), ("roberta", 48)])
def test_a_sequence_longer_than_the_positions_is_refused(kind, longest):
    made = encoder(kind)
    made(batch_of(random_sequences((longest,), vocabulary=60)))
    with pytest.raises(
        UsageError, match=rf"has {longest + 1} tokens, and the encoder has learnt positions for {longest}"
    ):
        made(batch_of(random_sequences((longest + 1,), vocabulary=60)))


@pytest.mark.parametrize("pooling", ["final", "mean", "max", "attention", "first"])
def test_every_pooling_gives_one_vector_a_sequence(pooling):
    made = encoder(pooling=pooling)
    assert made(batch_of(random_sequences(LENGTHS, vocabulary=60))).pooled.shape == (len(LENGTHS), 24)


def dropouts(made):
    block = made.blocks[0]
    return made.embeddings.dropout.p, block.dropout.p, block.attention.dropout.p, made.pooling.dropout.p


def test_dropout_is_the_folders_unless_the_settings_say_other():
    config = config_of("roberta", hidden_dropout_prob=0.2, attention_probs_dropout_prob=0.3, classifier_dropout=0.4)
    assert dropouts(encoder(config=config)) == (0.2, 0.2, 0.3, 0.4)
    assert dropouts(encoder(config=config, dropout=0.05)) == (0.05,) * 4


@pytest.mark.parametrize(("kind", "share"), [("bert", 0.0), ("roberta", 0.1), ("electra", 0.1), ("distilbert", 0.0)])
def test_the_first_token_meets_dropout_where_the_architecture_has_it(kind, share):
    assert encoder(kind).pooling.dropout.p == share


def test_first_weights_have_the_folders_deviation():
    torch.manual_seed(0)
    made = build_bert(config_of("bert", vocab_size=2000), BertSettings(checkpoint="folder"))
    assert made.embeddings.words.weight.std().item() == pytest.approx(0.3, rel=0.02)
    assert made.blocks[0].attention.query_key_value.bias.abs().max() == 0
    assert torch.equal(made.blocks[0].attention_norm.weight, torch.ones(24))


@pytest.mark.parametrize("kind", KINDS)
def test_the_vectors_alone_are_those_of_the_whole_and_so_are_their_gradients(kind):
    made = encoder(kind, dropout=0.0).double().train()
    batch = batch_of(random_sequences(LENGTHS, vocabulary=60))
    weights = torch.randn(len(LENGTHS), 24, dtype=torch.float64)
    names, parameters = zip(*made.named_parameters(), strict=True)
    results = [made.pool(batch), made(batch).pooled]
    torch.testing.assert_close(*results, atol=1e-12, rtol=0)
    alone, whole = (torch.autograd.grad((result * weights).sum(), parameters) for result in results)
    for name, one, other in zip(names, alone, whole, strict=True):
        torch.testing.assert_close(one, other, atol=1e-10, rtol=1e-10, msg=name)


def rows_of_the_last_block(made, call):
    rows = []
    hook = made.blocks[-1].feed_forward.register_forward_pre_hook(lambda _, inputs: rows.append(len(inputs[0])))
    call(batch_of(random_sequences(LENGTHS, vocabulary=60)))
    hook.remove()
    return rows


def test_the_last_block_computes_only_what_pooling_reads():
    made = encoder()
    assert rows_of_the_last_block(made, made.pool) == [len(LENGTHS)]
    assert rows_of_the_last_block(made.train(), made.pool) == [len(LENGTHS)]
    assert rows_of_the_last_block(made, made) == [sum(LENGTHS)]
    mean = encoder(pooling="mean")
    assert rows_of_the_last_block(mean, mean.pool) == [sum(LENGTHS)]


def test_depth_counts_from_the_embeddings():
    made = encoder(config=config_of("electra", embedding_size=16))
    depths = {name: made.depth(name) for name, _ in made.named_parameters()}
    assert depths["embeddings.words.weight"] == depths["embeddings.projection.bias"] == 0
    assert depths["blocks.0.attention.output.bias"] == 1
    assert depths["blocks.1.feed_forward_norm.weight"] == made.n_layers == 2
    assert depths["pooling.dense.weight"] == 3


def test_loading_reports_every_tensor_of_the_folder(tmp_path):
    made = encoder("electra")
    save(tmp_path, made)
    report = load_checkpoint(encoder("electra"), tmp_path)
    assert set(report.loaded) == load_file(tmp_path / "model.safetensors").keys()


def test_bfloat16_is_near_float32():
    made = encoder()
    batch = batch_of(random_sequences(LENGTHS, vocabulary=60))
    with torch.no_grad():
        expected = made(batch).pooled
        half = made.to(torch.bfloat16)(batch)
        alone = made.pool(batch)
    assert half.hidden.shape == (sum(LENGTHS), 24)
    torch.testing.assert_close(half.pooled.float(), expected, atol=0.2, rtol=0.1)
    torch.testing.assert_close(alone.float(), expected, atol=0.2, rtol=0.1)


@pytest.mark.parametrize("kind", KINDS)
def test_every_dropout_takes_effect_in_training(kind):
    made = encoder(kind).train()
    batch = batch_of(random_sequences(LENGTHS, vocabulary=60))
    places = [(part, part.p) for part in made.modules() if isinstance(part, Dropout)]
    for part, _ in places:
        part.p = 0.0
    with torch.no_grad():
        expected = made(batch).pooled
        for part, share in places:
            part.p = 0.5 * (share > 0)
            assert torch.allclose(made(batch).pooled, expected, atol=1e-5) == (share == 0)
            part.p = 0.0
