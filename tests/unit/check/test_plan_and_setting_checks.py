import numpy as np
import pytest
from check_evidence import rows

from seqwise.check import capacity, rate_plan, truncation, unused_settings
from seqwise.records import Evidence, PlanFacts, SettingUse, Truncation


def linear(peak, *, n, warmup, planned=None):
    """Warm-up, then straight to zero at ``planned`` updates and unclamped beyond: the roster story's schedule."""
    planned = n if planned is None else planned
    step = np.arange(n)
    rise = step / max(warmup, 1)
    fall = (planned - step) / max(planned - warmup, 1)
    return peak * np.where(step < warmup, rise, fall)


def plan(rates, *, peak=3e-5, n_warmup=0, declared=None, n=None):
    facts = PlanFacts(
        "linear", peak, len(rates) if n is None else n, n_warmup, np.asarray(rates, dtype=float), declared
    )
    return rate_plan.CHECK.run(Evidence(task="classify", plan=facts))


def told(found):
    assert {finding.ids for finding in found} == {("GR-LRPLAN",)}
    return [(finding.level, finding.title) for finding in found]


def test_a_warm_up_longer_than_the_run_is_an_error():
    # The roster story: 10,000 warm-up updates in a run of 100, so the rate stays under 1 % of its target.
    found = plan(linear(3e-5, n=100, warmup=10_000), n_warmup=10_000)
    assert told(found) == [("error", "Warm-up too long")]
    assert "10,000 warm-up updates stand against 100 in all" in found[0].message


def test_a_plan_for_half_the_updates_that_goes_below_zero_is_named_twice():
    # The roster story: planned for 50 updates, 100 real ones, 1 - x unclamped.
    found = plan(linear(3e-5, n=100, warmup=5, planned=50), n_warmup=5, declared=50)
    assert told(found) == [("error", "Negative learning rate"), ("warning", "Planned for another number of updates")]
    assert "49 of 100 rates are below zero, from update 52 on" in found[0].message


@pytest.mark.parametrize(("n_zero", "level"), [(60, "error"), (20, "warning")])
def test_a_rate_of_zero_for_part_of_the_run(n_zero, level):
    assert told(plan([3e-5] * (100 - n_zero) + [0.0] * n_zero)) == [(level, "Learning rate of zero")]


def test_a_rate_of_zero_throughout_is_an_error():
    assert told(plan([0.0] * 100)) == [("error", "Learning rate of zero")]


@pytest.mark.parametrize(("top", "level"), [(1e-5, "error"), (2e-5, "warning")])
def test_a_peak_that_is_never_reached(top, level):
    assert told(plan(np.linspace(1e-6, top, 100))) == [(level, "The peak is never reached")]


def test_a_plan_for_more_updates_than_there_are_is_a_warning():
    found = plan(linear(3e-5, n=100, warmup=5, planned=300), n_warmup=5, declared=300)
    assert told(found) == [("warning", "Planned for another number of updates")]


def test_a_run_that_is_mostly_warm_up_is_a_warning():
    assert told(plan(linear(3e-5, n=100, warmup=80), n_warmup=80)) == [("warning", "Warm-up too long")]


def test_no_updates_are_an_error():
    assert told(plan([])) == [("error", "No updates")]


def test_rates_that_are_not_numbers_are_an_error():
    assert told(plan([3e-5, np.nan, np.inf])) == [("error", "Rates that are not numbers")]


@pytest.mark.parametrize(
    "healthy",
    [
        plan(linear(3e-5, n=100, warmup=10), n_warmup=10, declared=102),
        plan(linear(3e-5, n=3, warmup=1), n_warmup=1),
        plan([3e-5]),
        plan([3e-5] * 50),
        plan(3e-5 * 0.5 * (1 + np.cos(np.linspace(0, np.pi, 200)))),
        plan(1e-3 + 2e-3 * np.abs((np.arange(400) % 80) / 40 - 1), peak=3e-3),
    ],
)
def test_healthy_plans_pass(healthy):
    assert told(healthy) == [("pass", "Plan fits")]


def test_a_setting_that_nothing_reads_is_a_warning():
    settings = (
        SettingUse("training.learning_rate", "5e-5", is_read=True),
        SettingUse("training.freeze_layers", "3", is_read=False, reason='training.freeze is "none"'),
    )
    (finding,) = unused_settings.CHECK.run(Evidence(task="classify", settings=settings))
    assert (finding.level, finding.ids) == ("warning", ("GR-UNUSEDCONFIG",))
    assert '1 of 2 values are not read in this run: "training.freeze_layers = 3"' in finding.message
    assert finding.causes == ('training.freeze_layers: training.freeze is "none"',)


def test_settings_that_are_all_read_pass():
    (finding,) = unused_settings.CHECK.run(Evidence(task="classify", settings=(SettingUse("a", "1", is_read=True),)))
    assert (finding.level, finding.evidence) == ("pass", {"n": 1})


def size(n_parameters, n_rows):
    evidence = Evidence(task="classify", n_parameters=n_parameters, rows={"train": rows(["text"] * n_rows)})
    (finding,) = capacity.CHECK.run(evidence)
    assert finding.ids == ("GR-CAPACITY",)
    return finding


def test_the_roster_storys_size_is_absurd():
    finding = size(86_000_000, 47)
    assert finding.level == "warning"
    assert "86,000,000 trainable parameters stand against 47 training rows" in finding.message
    assert 'training.freeze = "all"' in finding.fix


@pytest.mark.parametrize(
    ("n_parameters", "n_rows", "level"),
    [(22_700_000, 14_400, "pass"), (110_000_000, 5_000, "info"), (5_000_000, 25_000, "pass"), (50_000, 10, "pass")],
)
def test_usual_sizes_raise_no_alarm(n_parameters, n_rows, level):
    assert size(n_parameters, n_rows).level == level


@pytest.mark.parametrize(
    ("n_parameters", "n_rows", "advice"),
    [(10**8, 500, '"all"'), (10**9, 5_000, '"embeddings"')],
)
def test_the_advice_goes_by_the_size_of_the_data(n_parameters, n_rows, advice):
    assert advice in size(n_parameters, n_rows).fix


def cut(n_rows_cut, n_tokens_cut, *, split="train"):
    facts = Truncation(limit=128, n_rows=1000, n_rows_cut=n_rows_cut, n_tokens=100_000, n_tokens_cut=n_tokens_cut)
    (finding,) = truncation.CHECK.run(Evidence(task="classify", truncation={split: facts}))
    assert finding.ids == ("GR-TRUNC",)
    return finding


@pytest.mark.parametrize(
    ("n_rows_cut", "n_tokens_cut", "level"),
    [(0, 0, "pass"), (9, 900, "pass"), (330, 25_000, "info"), (600, 10_000, "warning"), (300, 40_000, "warning")],
)
def test_what_is_cut_decides_the_level(n_rows_cut, n_tokens_cut, level):
    assert cut(n_rows_cut, n_tokens_cut).level == level


def test_the_cut_is_told_in_rows_and_tokens():
    message = cut(330, 25_000).message
    assert "At 128 tokens, 330 of 1,000 training rows (33.0 %) are cut and 25.0 % of all tokens are lost." in message


def test_the_worst_split_is_told():
    splits = {"train": Truncation(8, 100, 5, 800, 10), "test": Truncation(8, 100, 70, 800, 300)}
    (finding,) = truncation.CHECK.run(Evidence(task="classify", truncation=splits))
    assert (finding.level, "70 of 100 test rows" in finding.message) == ("warning", True)
    assert set(finding.evidence) == {"train", "test"}


def test_nothing_known_is_silence():
    nothing = Evidence(task="classify")
    assert [check.CHECK.run(nothing) for check in (rate_plan, unused_settings, capacity, truncation)] == [[]] * 4
