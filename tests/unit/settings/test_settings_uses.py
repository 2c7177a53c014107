"""A value that a settings file sets and nothing reads is found, with the reason; a read one is not."""

import pytest

from seqwise.settings.reading import settings_from_tables
from seqwise.settings.uses import OF_NUMBERS, OF_SERIES, OF_TEXT, UNREAD, setting_uses, unused

BERT = {"name": "bert", "checkpoint": "x"}
TAGS: dict[str, object] = {"task": "tag"}
NUMBERS: dict[str, object] = {
    "task": "forecast",
    "data": {"train": "x", "format": "wide"},
    "head": {"name": "numbers"},
}
CYCLIC = {"name": "cyclic", "max_lr": 1.0}


def keys(**tables: object) -> list[str]:
    base: dict[str, object] = {"task": "classify", "data": {"train": "x"}, "encoder": {"name": "bag"}}
    return [use.key for use in unused(settings_from_tables({**base, **tables}, origin="test"))]


def of_loss(training: dict[str, object]) -> tuple[dict[str, object], dict[str, object]]:
    """A CRF scores whole texts; single tags have a loss each."""
    return {**TAGS, "head": {"crf": True}, "training": training}, {**TAGS, "training": training}


@pytest.mark.parametrize(
    ("key", "vain", "read"),
    [
        (
            "data.time",
            {"data": {"train": "x", "time": "date"}},
            {"data": {"train": "x", "time": "date", "split": "time"}},
        ),
        (
            "data.split",
            {"data": {"train": "x", "split": "random", "validation": "v", "test": "t"}},
            {"data": {"train": "x", "split": "random", "validation": "v", "test": 0.2}},
        ),
        (
            "data.split",
            {"data": {"train": "x", "split": "random", "group": "author"}},
            {"data": {"train": "x", "split": "grouped", "group": "author"}},
        ),
        (
            "data.encoding",
            {"data": {"train": "x.parquet", "encoding": "cp949"}},
            {"data": {"train": "x.csv", "encoding": "cp949"}},
        ),
        ("prepare.lower", {"encoder": BERT, "prepare": {"lower": True}}, {"prepare": {"lower": True}}),
        ("prepare.max_size", {"encoder": BERT, "prepare": {"max_size": 99}}, {"prepare": {"max_size": 99}}),
        ("prepare.min_freq", {"encoder": BERT, "prepare": {"min_freq": 9}}, {"prepare": {"min_freq": 9}}),
        ("prepare.vectors", {"encoder": BERT, "prepare": {"vectors": "v"}}, {"prepare": {"vectors": "v"}}),
        (
            "encoder.max_positions",
            {"encoder": {"name": "transformer", "positions": "rotary", "max_positions": 300}},
            {"encoder": {"name": "transformer", "max_positions": 300}},
        ),
        (
            "encoder.activation",
            {"encoder": {"name": "bag", "hidden": [], "activation": "tanh"}},
            {"encoder": {"name": "bag", "activation": "tanh"}},
        ),
        ("head.activation", {"head": {"activation": "tanh"}}, {"head": {"activation": "tanh", "hidden": [8]}}),
        ("extend.rehearse", {"extend": {"rehearse": 2.0}}, {**TAGS, "extend": {"run": "r", "rehearse": 2.0}}),
        ("extend.max_drop", {"extend": {"max_drop": 0.1}}, {**TAGS, "extend": {"run": "r", "max_drop": 0.1}}),
        (
            "training.schedule.gamma",
            {"training": {"schedule": {**CYCLIC, "gamma": 0.5}}},
            {"training": {"schedule": {**CYCLIC, "gamma": 0.5, "mode": "exp_range"}}},
        ),
        (
            "training.freeze_layers",
            {"training": {"freeze_layers": 2}},
            {"training": {"freeze_layers": 1, "freeze": "layers"}},
        ),
        ("training.class_weights", *of_loss({"class_weights": "balanced"})),
        ("training.focal", *of_loss({"focal": 2.0})),
        ("training.logit_adjustment", *of_loss({"logit_adjustment": 1.0})),
        ("training.label_smoothing", *of_loss({"label_smoothing": 0.1})),
        (
            "training.effective_beta",
            {"training": {"effective_beta": 0.9, "class_weights": "balanced"}},
            {"training": {"effective_beta": 0.9, "class_weights": "effective"}},
        ),
        (
            "training.oversample",
            {**NUMBERS, "training": {"oversample": 1.0}},
            {**TAGS, "head": {"crf": True}, "training": {"oversample": 1.0}},
        ),
    ],
)
def test_a_vain_value_is_found_and_a_read_one_is_not(
    key: str, vain: dict[str, object], read: dict[str, object]
) -> None:
    assert keys(**vain) == [key]
    assert keys(**read) == []


def test_every_rule_has_a_case() -> None:
    marks = [mark for mark in test_a_vain_value_is_found_and_a_read_one_is_not.pytestmark if mark.name == "parametrize"]
    assert {case[0] for case in marks[0].args[1]} | {*OF_TEXT, *OF_SERIES} == {rule.key for rule in UNREAD}


TEXT = {
    "data": {"text": "t", "label": "l", "id": "i", "group": "g", "scheme": "BIO"},
    "prepare": {
        "tokens": "character",
        "lower": True,
        "max_size": 9,
        "min_freq": 1,
        "max_length": 9,
        "keep": "end",
        "scheme": "BIOES",
        "split": "characters",
        "overlap": 0.1,
        "vectors": "v",
    },
}
SERIES = {
    "data": {
        "unit": ["u"],
        "value": ["v"],
        "known": ["k"],
        "past": ["p"],
        "static": ["s"],
        "first": "f",
        "last": "l",
        "kind": "numbers",
        "step": "row",
    },
    "prepare": {
        "input": 8,
        "horizon": 4,
        "stride": 2,
        "patch": 2,
        "channels": "apart",
        "season": 3,
        "calendar": False,
        "scaling": "standard",
        "special_tokens": True,
        "token_types": True,
    },
    "evaluate": {"seeds": 2},
}


def unread(task: str, *, tables: dict[str, dict[str, object]]) -> list[str]:
    data = {"train": "x", "time": "date", "split": "time", **tables["data"]}
    given = {"task": task, "encoder": {"name": "recurrent"}, **tables, "data": data}
    return [use.key for use in unused(settings_from_tables(given, origin="test"))]


def test_what_is_of_text_is_not_read_of_series_and_the_other_way_round() -> None:
    assert sorted(unread("forecast", tables=TEXT)) == sorted(OF_TEXT)
    assert sorted(unread("classify", tables=SERIES)) == sorted(OF_SERIES)
    assert unread("forecast", tables=SERIES) == []


def test_what_is_of_numbers_is_not_read_of_states() -> None:
    states = {**SERIES, "data": {**SERIES["data"], "kind": "states"}}
    assert unread("forecast", tables=states) == list(OF_NUMBERS)


def test_a_table_whose_columns_are_times_has_no_column_of_time() -> None:
    wide = {**SERIES, "data": {**SERIES["data"], "format": "wide"}}
    assert unread("forecast", tables=wide) == ["data.time", "data.value", "data.known", "data.past"]


def test_a_vain_value_that_is_the_default_is_no_matter() -> None:
    assert keys(training={"freeze_layers": 0}) == []
    assert keys(head={"activation": "relu"}) == []


def test_a_use_tells_value_and_reason() -> None:
    tables = {"task": "classify", "data": {"train": "x", "time": "date"}, "encoder": {"name": "bag"}}
    (use,) = unused(settings_from_tables(tables, origin="test"))
    assert (use.value, use.is_read) == ('"date"', False)
    assert use.reason == "read only with data.split = time"


def test_every_given_key_is_told_with_its_value() -> None:
    tables = {
        "task": "classify",
        "data": {"train": "x", "time": "date"},
        "encoder": {"name": "bag"},
        "checks": {"silence": {"GR-DUP": "they repeat", "a.b": "dots"}},
    }
    uses = setting_uses(settings_from_tables(tables, origin="test"))
    assert [(use.key, use.value, use.is_read) for use in uses] == [
        ("task", '"classify"', True),
        ("data.train", '"x"', True),
        ("data.time", '"date"', False),
        ("encoder.name", '"bag"', True),
        ("checks.silence.GR-DUP", '"they repeat"', True),
        ("checks.silence.a.b", '"dots"', True),
    ]
