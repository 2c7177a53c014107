"""What reaches the checks of a run of series, on rosters of a few people."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from seqwise.batch.flat import collate
from seqwise.examples.roster import healthy
from seqwise.fitting import build
from seqwise.series_probing import evidence_of_answers, evidence_of_windows
from seqwise.settings.reading import settings_from_tables
from seqwise.tasks.forecast import TASK, SeriesWork


def prepared(folder, **changes):
    """Work and network of a roster of 12 people, before training."""
    healthy(0, units=12, days=70, noise=0.05).write_csv(folder / "roster.csv")
    tables = {
        "task": "forecast",
        "data": {"train": str(folder / "roster.csv"), "time": "date", "unit": ["unit"], "value": ["shift"]},
        "prepare": {"input": 14, "horizon": 7, "calendar": False},
        "encoder": {"name": "transformer", "hidden": 16, "layers": 1, "heads": 2, "feed_forward": 16},
        "evaluate": {"baselines": ["prior"]},
    }
    for name, table in changes.items():
        tables[name] = {**tables.get(name, {}), **table}
    settings = settings_from_tables(tables, origin="test").settings
    table = TASK.read(settings.data, 0)
    settings = TASK.settle(settings, table)
    work = TASK.prepare(table, settings, None, None)
    assert isinstance(work, SeriesWork)
    return work, build(TASK, work, settings=settings, checkpoint=None).network


def probed(work, network):
    answers = {"test": TASK.predict(network, work, "test", torch.device("cpu"))}
    before = evidence_of_windows(work, network)
    assert before is not None
    return evidence_of_answers(before, work, network=network, answers=answers)


def test_an_encoder_without_positions_is_seen_to_be_blind_to_order(tmp_path):
    blind = probed(*prepared(tmp_path, encoder={"positions": "none"}))
    seeing = probed(*prepared(tmp_path, encoder={"positions": "learned"}))
    assert blind.order.error <= 1e-6
    assert seeing.order.error > 1e-4
    assert blind.representation.position_share == pytest.approx(0.0, abs=1e-12)
    assert seeing.representation.position_share > 0


def test_the_network_is_probed_without_a_change_of_it(tmp_path):
    work, network = prepared(tmp_path)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    probed(work, network)
    assert all(value.dtype == before[name].dtype for name, value in network.state_dict().items())
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_windows_are_counted_and_share_nothing(tmp_path):
    work, network = prepared(tmp_path)
    facts = evidence_of_windows(work, network)
    assert facts.lead == 1
    assert facts.is_recurrent is False
    assert facts.n_windows == {name: len(windows) for name, windows in work.windows.items()}
    assert {one.n_shared for one in facts.shared} == {0}


def test_rules_are_counted_with_and_without_them(tmp_path):
    work, network = prepared(tmp_path, data={"forbidden": ["O>O"]})
    (facts,) = probed(work, network).rules
    states, windows = work.preparation.states, work.windows["test"]
    code = states.index("O")
    every = windows.series.values[np.concatenate([windows.input_rows[:, -1:], windows.target_rows], axis=1), 0]
    assert facts.n_true == int(((every[:, 1:] == code) & (every[:, :-1] == code)).sum())
    assert facts.n_ruled == 0
    assert facts.n == windows.target_rows.size


def test_the_scaler_of_numbers_is_that_of_the_training_rows(tmp_path):
    values = np.random.default_rng(0).normal(size=120).cumsum()
    lines = [f"{day},{value:.6f}" for day, value in enumerate(values)]
    (tmp_path / "walk.csv").write_text("time,price\n" + "\n".join(lines) + "\n", encoding="utf-8")
    changes = {
        "data": {"train": str(tmp_path / "walk.csv"), "time": "time", "unit": [], "value": []},
        "prepare": {"scaling": "standard"},
        "evaluate": {"baselines": ["naive"]},
    }
    work, network = prepared(tmp_path, **changes)
    (facts,) = evidence_of_windows(work, network).scalers
    last = int(work.windows["train"].target_rows.max())
    assert facts.fitted.center == pytest.approx(values[: last + 1].mean(), abs=1e-5)
    assert facts.fitted == facts.training
    assert facts.all_rows.center == pytest.approx(values.mean(), abs=1e-5)
    assert replace(facts, fitted=facts.all_rows) != facts
    found = probed(work, network)
    assert {one.split for one in found.forecasts} == {"test"}
    assert found.n_forecast == {"test": len(work.windows["test"])}


def test_a_decoder_is_scored_when_it_is_told_the_truth_and_when_it_is_not(tmp_path):
    work, network = prepared(tmp_path, head={"name": "decoder", "cell": "gru", "hidden": 16, "layers": 1})
    (facts,) = probed(work, network).forcing
    examples = work.examples["test"]
    batch = collate(examples, np.arange(len(examples)))
    network.eval()
    with torch.no_grad():
        forced = network.head.forced(network.encoder(batch).hidden, batch).argmax(dim=1)
        free = network(batch).argmax(dim=1)
    assert facts.forced_right == int((forced == batch.targets).sum())
    assert facts.free_right == int((free == batch.targets).sum())
    assert facts.n == examples.n_outputs
