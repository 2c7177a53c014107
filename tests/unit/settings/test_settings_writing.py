"""Settings written as TOML and read again are the same settings."""

import tomllib
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqwise.settings.encoders import BagSettings, BertSettings, RecurrentSettings, TransformerSettings, WindowSettings
from seqwise.settings.reading import read_settings, settings_from_tables
from seqwise.settings.render import example_settings
from seqwise.settings.root import Settings
from seqwise.settings.schedules import ConstantSettings, CosineSettings, CyclicSettings, LinearSettings, PlateauSettings
from seqwise.settings.stations import ChecksSettings, DataSettings, PrepareSettings, TrainingSettings
from seqwise.settings.uses import unused
from seqwise.settings.writing import to_toml, toml_key, toml_value

LABELS = st.sampled_from(
    ["Off", "No", "N", "no", "null", "true", "1", "1e3", "조사", "라벨 둘", '"quoted"', "a\\b", "tab\there"]
)
TEXT = st.text(min_size=1, max_size=20)


def again(settings: Settings) -> Settings:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "settings.toml"
        path.write_bytes(to_toml(settings).encode("utf-8"))
        return read_settings(path).settings


@given(
    labels=st.lists(st.one_of(LABELS, TEXT), min_size=2, max_size=5, unique=True),
    train=TEXT,
    column=TEXT,
    validation=st.one_of(st.floats(0, 1), TEXT),
    test=st.one_of(st.none(), st.floats(0, 1), TEXT),
    silence=st.dictionaries(TEXT, TEXT.filter(lambda reason: reason.strip() != ""), max_size=3),
)
def test_any_text_survives_the_file(
    labels: list[str],
    train: str,
    column: str,
    validation: str | float,
    test: str | float | None,
    silence: dict[str, str],
) -> None:
    data = DataSettings(
        train=f"?{train}", validation=validation, test=test, text=f"text {column}", label=column, labels=tuple(labels)
    )
    settings = Settings(task="classify", data=data, encoder=BagSettings(), checks=ChecksSettings(silence=silence))
    assert again(settings) == settings


@given(
    rate=st.floats(min_value=1e-300, max_value=1e300),
    decay=st.floats(min_value=0, max_value=1e308),
    betas=st.tuples(st.floats(0, 1, exclude_max=True), st.floats(0, 1, exclude_max=True)),
)
def test_any_number_survives_the_file(rate: float, decay: float, betas: tuple[float, float]) -> None:
    training = TrainingSettings(learning_rate=rate, weight_decay=decay, betas=betas)
    settings = Settings(task="classify", data=DataSettings(train="x"), encoder=BagSettings(), training=training)
    assert again(settings) == settings


@pytest.mark.parametrize(
    "encoder",
    [
        BagSettings(hidden=()),
        WindowSettings(),
        RecurrentSettings(),
        TransformerSettings(),
        BertSettings(checkpoint="a/b", dropout=0.2),
    ],
    ids=lambda encoder: encoder.name,
)
@pytest.mark.parametrize(
    "schedule",
    [
        ConstantSettings(),
        LinearSettings(total_updates=9),
        CosineSettings(),
        PlateauSettings(),
        CyclicSettings(max_lr=1.0),
    ],
    ids=lambda schedule: schedule.name,
)
def test_every_member_survives_the_file(encoder: BagSettings, schedule: LinearSettings) -> None:
    settings = Settings(
        task="classify",
        data=DataSettings(train="x"),
        encoder=encoder,
        prepare=PrepareSettings(tokens="checkpoint" if encoder.name == "bert" else "word"),
        training=TrainingSettings(schedule=schedule),
    )
    assert again(settings) == settings


def test_keys_are_bare_where_toml_allows_it() -> None:
    assert toml_key("GR-DUP") == "GR-DUP"
    assert toml_key("a.b") == '"a.b"'
    assert toml_key("") == '""'


def test_values_are_what_tomllib_reads() -> None:
    value = {"a b": [1, 2.5, True, 'x"\n\x00\x7f한'], "c": {"d": []}}
    assert tomllib.loads(f"v = {toml_value(value)}")["v"] == value


def test_a_resolved_file_gives_every_key_and_none_of_them_counts_as_unused(tmp_path: Path) -> None:
    loaded = settings_from_tables(
        {"task": "classify", "data": {"train": "x"}, "encoder": {"name": "transformer", "positions": "none"}},
        origin="test",
    )
    path = tmp_path / "settings.toml"
    path.write_text(to_toml(loaded.settings), encoding="utf-8")
    reread = read_settings(path)
    assert "training.freeze_layers" in reread.given
    assert unused(reread) == ()


def test_the_example_is_complete_and_holds_the_defaults(tmp_path: Path) -> None:
    text = example_settings("classify")
    path = tmp_path / "settings.toml"
    path.write_text(text, encoding="utf-8")
    assert read_settings(path).settings == Settings(
        task="classify", data=DataSettings(train="train.csv"), encoder=RecurrentSettings()
    )
    for key in ("# test =", "epochs = 3", "[training.schedule]", "# [checks.silence]", "(a whole number, 1 or more)"):
        assert key in text
    assert "# passes over the training rows at most" in text


def test_every_key_of_every_station_stands_in_the_example() -> None:
    lines = [line.removeprefix("# ").split(" =")[0] for line in example_settings("classify").split("\n")]
    for station in (DataSettings, PrepareSettings, TrainingSettings):
        for name in station.model_fields:
            assert {name, f"[training.{name}]", f"[data.{name}]"} & {*lines}, name
