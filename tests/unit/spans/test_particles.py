"""Particles behind an entity: alone, stacked, and what only looks like one."""

import pytest

from seqwise.spans.particles import has_particle_behind


@pytest.mark.parametrize("behind", ["은", "에서", "에서는", "으로부터의", "까지만", "이라는", "은 산다", "은, 그"])
def test_particles(behind):
    assert has_particle_behind(f"서울{behind}", 2)


@pytest.mark.parametrize("behind", ["", " 은", "시청", "시청은", "인데", "x", "에서다"])
def test_no_particles(behind):
    assert not has_particle_behind(f"서울{behind}", 2)
