"""Every settings file of ``examples/`` is right, and where the data of one of series is there, so are its windows."""

from pathlib import Path

import pytest

from seqwise.checking import check_settings
from seqwise.settings.reading import read_settings

RECIPES = sorted((Path(__file__).resolve().parents[2] / "examples").glob("*.toml"))


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.stem)
def test_a_recipe_says_what_it_is_and_has_no_fault(recipe: Path) -> None:
    assert recipe.read_text(encoding="utf-8").startswith("# ")
    loaded = read_settings(recipe)
    if loaded.settings.task != "forecast":
        return
    if not Path(loaded.settings.data.train).exists():
        pytest.skip(f"no {loaded.settings.data.train}")
    told = [finding for finding in check_settings(loaded) if finding.level in ("error", "warning")]
    assert [finding for finding in told if finding.check != "tiny_test"] == []
