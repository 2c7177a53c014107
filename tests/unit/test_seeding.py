"""Series that are tested on few windows are trained with several seeds."""

import numpy as np
import pytest

from seqwise import workflow
from seqwise.settings.reading import settings_from_tables
from seqwise.workflow import FitOptions


def run_of(folder, n_days, **evaluate):
    rng = np.random.default_rng(0)
    values = np.sin(np.arange(n_days) * np.pi / 4) + rng.normal(0, 0.1, n_days)
    lines = [f"{day},{value:.5f}" for day, value in enumerate(values)]
    (folder / "wave.csv").write_text("time,load\n" + "\n".join(lines) + "\n", encoding="utf-8")
    tables = {
        "task": "forecast",
        "data": {"train": str(folder / "wave.csv"), "time": "time"},
        "prepare": {"input": 8, "horizon": 2},
        "encoder": {"name": "recurrent", "embedding": 4, "hidden": 4},
        "training": {"epochs": 1},
        "evaluate": {"baselines": ["naive", "mean"], "samples": 100, **evaluate},
    }
    loaded = settings_from_tables(tables, origin="test")
    return workflow.fit(loaded, folder / "run", options=FitOptions(is_quiet=True))


def seed_findings(result):
    return [finding for finding in result.findings if "GR-SEEDVAR" in finding.ids]


def test_few_windows_are_trained_for_with_three_seeds_and_many_with_one(tmp_path):
    (tmp_path / "few").mkdir()
    few = run_of(tmp_path / "few", 80)
    (finding,) = seed_findings(few)
    assert len(finding.evidence["differences"]) == 3
    assert finding.evidence["differences"][0] == few.scores.splits["test"].verdict.difference
    assert len(set(finding.evidence["differences"])) == 3
    assert not (few.folder / "seeds").exists()
    (tmp_path / "many").mkdir()
    assert not seed_findings(run_of(tmp_path / "many", 500))


@pytest.mark.parametrize(("seeds", "n"), [(1, 0), (2, 2)])
def test_the_number_of_seeds_may_be_given(tmp_path, seeds, n):
    found = seed_findings(run_of(tmp_path, 80, seeds=seeds))
    assert [len(finding.evidence["differences"]) for finding in found] == ([n] if n else [])
