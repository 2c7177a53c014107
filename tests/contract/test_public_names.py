"""What outsiders rely on: names of the package, and of open kinds, which stand alike in tables, files and settings."""

import re
from pathlib import Path
from typing import get_args

import pytest

import seqwise
from seqwise.backends.contract import BackendSpec
from seqwise.catalog import load
from seqwise.kinds import KINDS, table
from seqwise.settings import names
from seqwise.settings.encoders import EncoderSettings
from seqwise.settings.heads import HeadSettings
from seqwise.settings.root import Settings
from seqwise.settings.schedules import ScheduleSettings
from seqwise.settings.stations import Format, RuntimeSettings

PACKAGE = Path(seqwise.__file__).parent
# The constant by which a file is a member of its folder's table.
CONSTANTS = {
    "encoders": "ENCODER",
    "heads": "HEAD",
    "tasks": "TASK",
    "checks": "CHECK",
    "baselines": "BASELINE",
    "schedules": "SCHEDULE",
    "backends": "BACKEND",
}


def members(kind: str) -> set[str]:
    """The files of a kind's folder that define its constant."""
    folder = PACKAGE.parent / KINDS[kind][0].replace(".", "/")
    definition = re.compile(rf"^{CONSTANTS[kind]}\b.*=", re.MULTILINE)
    return {file.stem for file in folder.glob("*.py") if definition.search(file.read_text(encoding="utf-8"))}


def test_the_package_offers_these_names_and_no_others() -> None:
    assert sorted(seqwise.__all__) == [
        "SequenceClassifier",
        "SequenceForecaster",
        "SequenceTagger",
        "Translator",
        "__version__",
    ]
    assert seqwise.SequenceClassifier.__name__ == "SequenceClassifier"
    assert seqwise.SequenceForecaster.__name__ == "SequenceForecaster"
    assert seqwise.SequenceTagger.__name__ == "SequenceTagger"


def test_an_unknown_name_of_the_package_is_an_error() -> None:
    with pytest.raises(AttributeError, match="SequenceClasifier"):
        _ = seqwise.SequenceClasifier


@pytest.mark.parametrize("kind", CONSTANTS)
def test_the_members_of_a_folder_are_those_of_its_table(kind: str) -> None:
    assert members(kind) == set(table(kind))


@pytest.mark.parametrize("kind", list(KINDS))
def test_every_member_has_a_summary_of_one_line(kind: str) -> None:
    assert table(kind)
    assert [name for name, summary in table(kind).items() if not summary or "\n" in summary or len(summary) > 110] == []


@pytest.mark.parametrize(
    ("kind", "settings"), [("encoders", EncoderSettings), ("heads", HeadSettings), ("schedules", ScheduleSettings)]
)
def test_members_and_their_settings_have_the_same_names(kind: str, settings: object) -> None:
    union = get_args(settings)[0]
    models = get_args(union) or (union,)
    assert {model.model_fields["name"].default for model in models} == set(table(kind))


def test_tasks_and_baselines_are_named_alike_in_settings_and_tables() -> None:
    assert set(get_args(Settings.model_fields["task"].annotation)) == set(table("tasks"))
    assert set(table("baselines")) == {
        name
        for members in (*names.BASELINES.values(), names.NUMBER_BASELINES, names.IMAGE_BASELINES)
        for name in members
    }


def test_every_task_has_a_head_and_every_head_a_task() -> None:
    assert set(names.HEAD_OF_TASK) >= set(table("tasks"))
    assert {head for heads in names.HEAD_OF_TASK.values() for head in heads} == set(table("heads"))


def test_settings_name_the_backends_whose_answers_are_torchs() -> None:
    members = table("backends")
    specs = [load("seqwise.backends", name, constant="BACKEND", table=members) for name in members]
    exact = tuple(spec.name for spec in specs if isinstance(spec, BackendSpec) and spec.is_exact)
    assert get_args(RuntimeSettings.model_fields["backend"].annotation) == exact


def test_every_format_that_settings_allow_is_listed() -> None:
    def literals(kind: object) -> set[str]:
        found = get_args(kind)
        return set().union(*(literals(each) if get_args(each) else {each} for each in found))

    assert literals(Format) == {"auto", *table("readers"), *table("formats")}
