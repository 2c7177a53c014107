import pytest

from seqwise.errors import UsageError
from seqwise.model.bert_config import read_bert_config

BERT = {
    "model_type": "bert",
    "vocab_size": 60,
    "hidden_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 3,
    "intermediate_size": 40,
    "max_position_embeddings": 50,
}
DISTILBERT = {
    "model_type": "distilbert",
    "vocab_size": 60,
    "dim": 24,
    "n_layers": 2,
    "n_heads": 3,
    "hidden_dim": 40,
    "max_position_embeddings": 50,
    "dropout": 0.3,
}


def read(**changes):
    return read_bert_config({**BERT, **changes}, where="config.json")


def test_sizes_are_read_by_their_names():
    config = read(layer_norm_eps=1e-5, hidden_dropout_prob=0.2)
    assert (config.n_words, config.width, config.n_layers, config.n_heads) == (60, 24, 2, 3)
    assert (config.feed_forward, config.n_positions, config.embedding) == (40, 50, 24)
    assert (config.norm_epsilon, config.dropout, config.classifier_dropout) == (1e-5, 0.2, 0.2)


def test_distilbert_has_its_own_names_and_no_token_types():
    config = read_bert_config(DISTILBERT, where="config.json")
    assert (config.width, config.n_layers, config.n_heads, config.feed_forward) == (24, 2, 3, 40)
    assert (config.n_types, config.dropout) == (0, 0.3)


def test_roberta_counts_positions_from_behind_the_padding_token():
    assert read(model_type="roberta", pad_token_id=4).first_position == 5
    assert read(model_type="roberta").first_position == 2
    assert read(pad_token_id=4).first_position == 0


def test_electra_may_have_narrow_embeddings():
    assert read(model_type="electra", embedding_size=16).embedding == 16
    assert read(embedding_size=16).embedding == 24


def test_an_unknown_architecture_is_refused_with_the_list():
    message = (
        r'config.json model_type: found "robberta"; known: bert, roberta, xlm-roberta, camembert, electra, '
        r'distilbert\. Did you mean "roberta"\?'
    )
    with pytest.raises(UsageError, match=message):
        read(model_type="robberta")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"position_embedding_type": "relative_key"},
            r"config.json position_embedding_type: found 'relative_key'; computed here: 'absolute' only\.",
        ),
        ({"is_decoder": True}, r"config.json is_decoder: found True; computed here: False only\."),
        ({"add_cross_attention": True}, r"config.json add_cross_attention: found True; computed here: False only\."),
        ({"hidden_act": "wobble"}, r'config.json hidden_act: found "wobble"; known: gelu, gelu_python, .*, mish\.'),
        ({"num_attention_heads": 5}, r"config.json num_attention_heads: 5 heads do not divide a width of 24\."),
        ({"hidden_size": "24"}, r"config.json hidden_size: found '24'; a whole number is needed\."),
        ({"num_hidden_layers": None}, r"config.json num_hidden_layers: found None; a whole number is needed\."),
        ({"vocab_size": 0}, r"config.json vocab_size: found 0; a whole number is needed\."),
        ({"layer_norm_eps": -1}, r"config.json layer_norm_eps: found -1; a number of at least 0 is needed\."),
    ],
)
def test_what_cannot_be_computed_is_refused(changes, message):
    with pytest.raises(UsageError, match=message + r" Choose another checkpoint\."):
        read(**changes)


def test_a_wrong_value_is_named_as_the_folder_names_it():
    with pytest.raises(UsageError, match=r"config.json n_heads: 5 heads do not divide a width of 24\."):
        read_bert_config({**DISTILBERT, "n_heads": 5}, where="config.json")


def test_all_faults_are_told_at_once():
    with pytest.raises(UsageError) as caught:
        read(is_decoder=True, hidden_act="wobble", intermediate_size=None)
    assert len(caught.value.problems) == 3
