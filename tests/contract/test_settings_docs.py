"""Every setting says what it means: in its model, in the example file, and with a default that holds."""

import pytest
from pydantic import BaseModel, ValidationError

from seqwise.settings import encoders, heads, root, schedules, stations
from seqwise.settings.frozen import Frozen
from seqwise.settings.render import example_settings
from seqwise.settings.schema import allowed, keys, members

MODELS = [
    model
    for module in (root, stations, encoders, heads, schedules)
    for model in vars(module).values()
    if isinstance(model, type) and issubclass(model, Frozen) and model is not Frozen
]
FIELDS = [(model, name) for model in dict.fromkeys(MODELS) for name in model.model_fields]


def named(field: tuple[type[BaseModel], str]) -> str:
    return f"{field[0].__name__}.{field[1]}"


def is_plain(model: type[BaseModel], name: str) -> bool:
    """Neither the name of a member nor a table."""
    schema = keys(model.model_json_schema())[name] if model is not root.Settings else {}
    return name != "name" and bool(schema) and not members(schema)


@pytest.mark.parametrize("field", [field for field in FIELDS if is_plain(*field)], ids=named)
def test_a_setting_has_one_line_of_meaning(field: tuple[type[BaseModel], str]) -> None:
    model, name = field
    meaning = model.model_json_schema()["properties"][name].get("description", "")
    assert 0 < len(meaning) <= 110
    assert not meaning.endswith(".")


@pytest.mark.parametrize("field", [field for field in FIELDS if is_plain(*field)], ids=named)
def test_what_a_setting_allows_can_be_said(field: tuple[type[BaseModel], str]) -> None:
    model, name = field
    assert allowed(keys(model.model_json_schema())[name])


@pytest.mark.parametrize("model", dict.fromkeys(MODELS), ids=lambda model: model.__name__)
def test_a_table_has_a_sentence(model: type[BaseModel]) -> None:
    assert (model.__doc__ or "").strip().endswith(".")


@pytest.mark.parametrize("model", dict.fromkeys(MODELS), ids=lambda model: model.__name__)
def test_a_table_refuses_unknown_keys_and_changes(model: type[BaseModel]) -> None:
    assert model.model_config.get("extra") == "forbid"
    assert model.model_config.get("frozen") is True
    with pytest.raises(ValidationError, match="nonsense"):
        model.model_validate({"nonsense": 1})


def test_the_example_says_every_meaning() -> None:
    text = example_settings("classify")
    for model in (
        stations.DataSettings,
        stations.PrepareSettings,
        stations.TrainingSettings,
        stations.EvaluateSettings,
    ):
        for name, field in model.model_fields.items():
            assert field.description is None or f"# {field.description}" in text, name
