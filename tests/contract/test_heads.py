"""What every head of the table must do."""

from dataclasses import fields
from pathlib import Path
from typing import get_args

import pytest

from seqwise.model import heads
from seqwise.model.contracts import HeadShape
from seqwise.model.heads import HEADS
from seqwise.model.network import head_spec
from seqwise.settings.heads import HeadSettings, NumbersSettings
from seqwise.tensors import Encoded


def test_the_table_names_the_files_of_the_folder():
    folder = Path(heads.__file__).parent
    assert set(HEADS) == {path.stem for path in folder.glob("*.py")} - {"__init__"}


@pytest.mark.parametrize("name", HEADS)
def test_a_spec_says_what_the_table_says(name):
    spec = head_spec(name)
    assert spec.name == name == spec.settings.model_fields["name"].default
    assert "https://" in spec.paper
    assert HEADS[name]


@pytest.mark.parametrize("name", HEADS)
def test_a_head_has_the_outputs_that_it_was_asked_for(name):
    spec = head_spec(name)
    settings = spec.settings()
    each = len(settings.levels) if isinstance(settings, NumbersSettings) else 1
    assert spec.build(settings, 6, HeadShape(4)).n_outputs == 4 * each


@pytest.mark.parametrize("name", HEADS)
def test_a_head_says_which_states_it_reads(name):
    spec = head_spec(name)
    assert spec.build(spec.settings(), 6, HeadShape(4)).reads in {field.name for field in fields(Encoded)}


def test_the_settings_know_each_head():
    first, *_ = get_args(HeadSettings)
    assert {head_spec(name).settings for name in HEADS} == set(get_args(first) or (first,))
