"""The task tag: what the tags of a trained model mean."""

import pytest

from seqwise.prepare.tags import fit_tags
from seqwise.records import Annotation, Span
from seqwise.settings.root import Settings
from seqwise.spans.schemes import BIO
from seqwise.tasks.tag import scheme_of

SETTINGS = Settings.model_validate({"task": "tag", "data": {"train": "x"}, "encoder": {"name": "bag"}})


@pytest.mark.parametrize("entities", [(), (Span(0, 2, "PS"),), (Span(0, 2, "AB"), Span(3, 4, "ZZ"))])
def test_tags_of_entities_are_known_by_their_scheme(entities: tuple[Span, ...]) -> None:
    labels = fit_tags([Annotation(entities=entities)], BIO).names
    assert scheme_of(labels, SETTINGS) == BIO


@pytest.mark.parametrize("tags", [("B-NP", "I-NP", "O"), ("O", "B", "I"), ("B", "I"), ("NOUN", "VERB")])
def test_words_own_tags_are_none_even_if_they_look_like_those_of_a_scheme(tags: tuple[str, ...]) -> None:
    labels = fit_tags([Annotation(tags=tags)], None).names
    assert scheme_of(labels, SETTINGS) is None
