"""Every published failure that is rebuilt is named by its guardrail, and its healthy twin raises no alarm."""

import pytest
from faults import FAULTS, HEALTHY, LOUD


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_named_by_its_guardrail(name):
    make, wanted = FAULTS[name]
    assert wanted in {guardrail for finding in make() if finding.level in LOUD for guardrail in finding.ids}


@pytest.mark.parametrize("name", HEALTHY)
def test_a_healthy_twin_raises_no_alarm(name):
    assert [finding for finding in HEALTHY[name]() if finding.level in LOUD] == []
