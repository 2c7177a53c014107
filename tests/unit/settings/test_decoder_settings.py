"""Settings of the head decoder that are wrong together."""

import pytest

from seqwise.settings.root import Settings
from seqwise.settings.rules import broken_rules


@pytest.mark.parametrize(
    ("head", "told"),
    [
        ({"hidden": 30, "heads": 4}, "found 4; it must divide head.hidden = 30. Write 3."),
        ({"hidden": 7, "heads": 1}, "found 7; the positions of a transformer need an even width. Write 8."),
        ({"hidden": 8, "heads": 2}, None),
        ({"hidden": 7, "heads": 2, "cell": "gru"}, None),
    ],
)
def test_a_transformer_has_even_width_and_heads_that_divide_it(head, told):
    tables = {"task": "tag", "data": {"train": "x"}, "encoder": {"name": "bag"}, "head": {"name": "decoder", **head}}
    faults = [fault for fault in broken_rules(Settings.model_validate(tables)) if fault.key in tables_of("head")]
    assert [f"{fault.what} {fault.fix}" for fault in faults] == ([told] if told else [])


def tables_of(head):
    return {f"{head}.heads", f"{head}.hidden"}
