import pytest
import transformers
from conll import by_seqeval, f1, f1_difference, pooled, read_conll, tags_of, words_of, write_conll
from tagging import agreement
from token_trainer import first_pieces, rates_by_layer

from seqwise.settings.stations import TrainingSettings

GOLD = [["B-PS", "I-PS", "O"], ["O", "B-LC"], ["O"], ["B-LC", "O"]]
FOUND = [["B-PS", "I-PS", "O"], ["O", "I-LC"], ["B-PS"], ["O", "O"]]
NOTHING = [["O"] * len(tags) for tags in GOLD]


def test_a_line_of_blanks_ends_a_sentence_and_other_separators_do_not(tmp_path):
    path = tmp_path / "a.conll"
    path.write_text("in\tO\nRedondo\tB-LC\n\t\na\u2028b\tO\n\n\n#\tO\n", encoding="utf-8")
    sentences = read_conll(path)
    assert words_of(sentences) == [["in", "Redondo"], ["a\u2028b"], ["#"]]
    assert tags_of(sentences) == [["O", "B-LC"], ["O"], ["O"]]
    write_conll(sentences, path)
    assert read_conll(path) == sentences


@pytest.mark.parametrize("mode", ["strict", "default"])
def test_the_pooled_f1_of_one_answer_is_that_of_seqeval(mode):
    assert pooled(GOLD, [FOUND], mode).values["entity_f1"] == pytest.approx(by_seqeval(GOLD, FOUND, mode))


def test_the_modes_differ_where_a_tag_is_invalid():
    assert by_seqeval(GOLD, FOUND, "strict") < by_seqeval(GOLD, FOUND, "default")


def test_answers_are_pooled_by_summing_their_entities():
    # By hand: of 2 * 3 gold entities and 3 found ones 2 are right (default mode: I-LC opens an entity).
    assert pooled(GOLD, [FOUND, NOTHING], "default").values["entity_f1"] == pytest.approx(2 * 2 / (6 + 3))


def test_an_interval_holds_its_f1():
    shown = f1(pooled(GOLD * 20, [FOUND * 20], "default"))
    assert shown.low < shown.median < shown.high


def test_the_difference_of_equal_answers_is_none_and_of_a_better_one_is_above_it():
    ours, theirs = (pooled(GOLD * 20, [answer * 20], "default") for answer in (FOUND, NOTHING))
    same = f1_difference(ours, ours)
    assert (same.median, same.low, same.high) == (0.0, 0.0, 0.0)
    better = f1_difference(ours, theirs)
    assert 0 < better.low < better.median < better.high


def test_a_difference_of_few_sentences_shows_nothing():
    gold, nothing = [["B-PS"]] * 5, [["O"]] * 5  # ahead on every one of five, which chance does once in sixteen times
    shown = f1_difference(pooled(gold, [gold], "default"), pooled(gold, [nothing], "default"))
    assert (shown.median, shown.low) == (1.0, 0.0)


def test_words_have_their_tag_at_their_first_piece_alone():
    assert first_pieces([None, 0, 0, 1, 3, 3, None]) == [None, 0, None, 1, 3, None, None]


def test_agreement_is_the_share_of_what_both_find():
    ours, theirs = [{(0, 2, "PS")}, {(1, 3, "LC")}], [{(0, 2, "PS")}, {(1, 3, "PS")}]
    assert agreement(ours, theirs) == pytest.approx(1 / 3)
    assert agreement([set()], [set()]) == 1.0


def test_rates_by_layer_are_those_of_our_optimizer():
    config = transformers.BertConfig(
        vocab_size=9, hidden_size=4, num_hidden_layers=2, num_attention_heads=1, intermediate_size=4, num_labels=3
    )
    model = transformers.BertForTokenClassification(config)
    optimizer = rates_by_layer(model, TrainingSettings(learning_rate=1.0, layer_decay=0.5, weight_decay=0.1))
    of = {id(weight): group for group in optimizer.param_groups for weight in group["params"]}
    groups = {name: of[id(weight)] for name, weight in model.named_parameters()}
    # Above the blocks stands the pooling, which the peer has not, then the head: a block is two shares below it.
    for name, rate in (("classifier", 1.0), ("bert.encoder.layer.1", 0.25), ("bert.encoder.layer.0", 0.125)):
        assert {group["lr"] for key, group in groups.items() if key.startswith(name)} == {rate}
    assert groups["bert.embeddings.word_embeddings.weight"]["lr"] == 0.0625
    assert groups["classifier.weight"]["weight_decay"] == 0.1
    assert groups["classifier.bias"]["weight_decay"] == 0.0
