"""The checks on series: each with a broken and a healthy twin."""

import re
from dataclasses import replace

import numpy as np
import pytest
from check_evidence import rows

from seqwise.check import capacity
from seqwise.check.engine import run_checks
from seqwise.check.series_facts import forecast_facts
from seqwise.evaluate.correlations import correlations
from seqwise.records import Evidence, Interval, Scores, SplitScores, Verdict
from seqwise.series_evidence import (
    CorrelationFacts,
    ForcingFacts,
    OrderFacts,
    RepresentationFacts,
    RuleFacts,
    Scale,
    ScalerFacts,
    SeedFacts,
    SeriesEvidence,
    SharedTargets,
    Telltale,
)

RNG = np.random.default_rng(0)
TRUTH = RNG.normal(size=(200, 7))


def found(guardrail, series, **rest):
    evidence = Evidence(task="forecast", series=series, **rest)
    return run_checks(evidence, silence={}, only=[guardrail])


def levels(guardrail, series, **rest):
    return [finding.level for finding in found(guardrail, series, **rest)]


def message(guardrail, series, **rest):
    (finding,) = found(guardrail, series, **rest)
    return finding.message


def forecasts(forecast, truth=TRUTH):
    return SeriesEvidence(forecasts=(forecast_facts(truth, forecast, split="test", channel="load"),))


def test_an_id_of_two_checks_runs_both():
    one = rows(["the same text again", "another one", "the same text again", "a third"])
    shared = SeriesEvidence(shared=(SharedTargets("train", "test", 3, 9),))
    assert {finding.check for finding in found("GR-DUP", shared, rows={"train": one})} == {
        "duplicates",
        "window_overlap",
    }


@pytest.mark.parametrize(
    ("facts", "level"),
    [
        (OrderFacts(1e-15, 1.2), "warning"),
        (OrderFacts(3e-6, 1.2), "warning"),
        (OrderFacts(0.02, 1.2), "pass"),
        (OrderFacts(0.02, 1.2, "accuracy", 0.5, (0.48, 0.52)), "info"),
        (OrderFacts(0.02, 1.2, "accuracy", 0.6, (0.48, 0.52)), "pass"),
        (OrderFacts(0.02, 1.2, "mae", 0.4, (0.48, 0.52)), "pass"),
        (OrderFacts(1e-15, 1.2, "accuracy", 0.6, (0.48, 0.52)), "warning"),
    ],
)
def test_a_model_that_cannot_see_or_does_not_use_order_is_named(facts, level):
    assert levels("GR-ORDER", SeriesEvidence(order=facts)) == [level]


def test_the_error_of_order_is_told_with_the_size_of_the_outputs():
    assert "moves by more than 2e-15, and the outputs have the size 1.5" in message(
        "GR-ORDER", SeriesEvidence(order=OrderFacts(2e-15, 1.5))
    )


def states(position_share, input_share):
    return SeriesEvidence(representation=RepresentationFacts(210, 30, 0.9, 0.9, position_share, input_share, 1.02))


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        ((1e-8, 1e-9), ["error", "error"]),
        ((1e-8, 0.3), ["error"]),
        ((0.3, 1e-8), ["error"]),
        ((1e-4, 0.3), ["warning"]),
        ((0.3, None), ["pass"]),
        ((0.1, 0.1), ["pass"]),
    ],
)
def test_states_that_are_the_same_everywhere_are_named(shares, expected):
    assert levels("GR-REPCOLLAPSE", states(*shares)) == expected


def test_positions_and_inputs_are_told_apart():
    assert "the same at all positions" in message("GR-REPCOLLAPSE", states(1e-8, 0.3))
    assert "the same at all inputs" in message("GR-REPCOLLAPSE", states(0.3, 1e-8))


def scaler(fitted, training, of_all, column="volume"):
    return SeriesEvidence(scalers=(ScalerFacts(column, Scale(*fitted), Scale(*training), Scale(*of_all)),))


@pytest.mark.parametrize(
    ("facts", "level"),
    [
        (scaler((12, 3), (10, 2), (12, 3)), "error"),
        (scaler((12.000001, 3), (10, 2), (12, 3)), "error"),
        (scaler((10.001, 2), (10, 2), (10.001, 2)), "warning"),
        (scaler((11, 2.2), (10, 2), (12, 3)), "warning"),
        (scaler((10, 2), (10, 2), (12, 3)), "pass"),
        (scaler((10, 2.005), (10, 2), (12, 3)), "pass"),
        (scaler((10, 2), (10, 2), (10, 2)), "pass"),
    ],
)
def test_scales_of_other_rows_than_those_of_training_are_named(facts, level):
    assert levels("GR-SCALERLEAK", facts) == [level]


def test_the_scales_are_told():
    told = message("GR-SCALERLEAK", scaler((12, 3), (10, 2), (12, 3)))
    assert '"volume" are 12 / 3; all rows give 12 / 3, and the training rows alone 10 / 2.' in told


def test_a_recurrent_model_of_one_step_is_named_and_a_window_of_one_is_not():
    assert levels("GR-SEQLEN1", SeriesEvidence(input=1, is_recurrent=True)) == ["warning"]
    assert levels("GR-SEQLEN1", SeriesEvidence(input=1, is_recurrent=False)) == ["pass"]
    assert levels("GR-SEQLEN1", SeriesEvidence(input=2, is_recurrent=True)) == ["pass"]


def test_a_target_at_or_before_the_last_input_is_no_forecast():
    assert [levels("GR-NOTFORECAST", SeriesEvidence(lead=lead)) for lead in (-3, 0, 1)] == [
        ["error"],
        ["error"],
        ["pass"],
    ]
    assert "the first target stands -3 steps after the last input" in message("GR-NOTFORECAST", SeriesEvidence(lead=-3))


def test_columns_that_say_the_target_are_named():
    columns = (
        Telltale("volume", "Volume", "equal", 1.0, 200),
        Telltale("hours", "shift", "partner", 0.995, 200),
        Telltale("weekend", "shift", "partner", 0.98, 200),
    )
    same, partner = found("GR-NOTFORECAST", SeriesEvidence(telltales=columns, lead=1))
    assert (same.level, partner.level) == ("error", "error")
    assert '"volume" is equal to "Volume" on 100.0 % of 200 training rows' in same.message
    assert '"hours" has one value for each state of "shift" on 99.5 %' in partner.message


def test_targets_in_two_splits_are_named_by_pair():
    def shared(n):
        return SeriesEvidence(
            shared=(SharedTargets("train", "validation", 0, 300), SharedTargets("train", "test", n, 300))
        )

    assert [levels("GR-DUP", shared(n)) for n in (0, 1, 3)] == [["pass"], ["warning"], ["error"]]
    assert "3 of 300 test targets (1.0 %) are the same times of the same units as training targets" in message(
        "GR-DUP", shared(3)
    )


def test_relu_on_the_output_is_a_wall_and_a_truth_that_ends_there_is_none():
    relu = np.maximum(TRUTH + RNG.normal(size=TRUTH.shape), 0)
    (finding,) = found("GR-OUTPUTRANGE", forecasts(relu))
    assert finding.level == "error"
    assert finding.evidence["bound"] == 0
    assert levels("GR-OUTPUTRANGE", forecasts(relu, truth=np.maximum(TRUTH, 0))) == ["pass"]


def test_a_sigmoid_is_a_wall_on_both_sides_and_shrunk_forecasts_are_none():
    squashed = 1 / (1 + np.exp(-15 * TRUTH))
    assert levels("GR-OUTPUTRANGE", forecasts(squashed)) == ["error", "error"]
    assert levels("GR-OUTPUTRANGE", forecasts(0.3 * TRUTH)) == ["pass"]
    assert levels("GR-OUTPUTRANGE", forecasts(1e-4 * TRUTH)) == ["pass"]
    assert levels("GR-OUTPUTRANGE", forecasts(TRUTH.clip(None, 1.8))) == ["warning"]


def test_a_constant_forecast_collapses_and_a_modest_one_does_not():
    noise = RNG.normal(size=TRUTH.shape)
    assert levels("GR-COLLAPSE", forecasts(3 + 1e-4 * noise)) == ["error"]
    assert levels("GR-COLLAPSE", forecasts(np.zeros_like(TRUTH))) == ["error"]
    assert levels("GR-COLLAPSE", forecasts(0.05 * noise)) == ["warning"]
    assert levels("GR-COLLAPSE", forecasts(0.3 * TRUTH)) == ["pass"]
    assert levels("GR-COLLAPSE", forecasts(noise, truth=np.ones_like(TRUTH))) == []


def scored(*splits):
    figure = Interval(0.4, 0.3, 0.5)
    verdict = Verdict("mae", "naive", 0.1, 0.05, 0.2, better=True, sentence="")
    one = SplitScores(90, metrics={"mae": figure}, baselines={"naive": {"mae": figure}}, verdict=verdict)
    return Scores("forecast", dict.fromkeys(splits, one))


def test_forecasts_of_held_out_rows_without_a_metric_are_named():
    drawn = SeriesEvidence(n_forecast={"train": 200, "validation": 20, "test": 53})
    assert levels("GR-NOMETRIC", drawn) == ["error", "error"]
    assert levels("GR-NOMETRIC", drawn, scores=scored("train")) == ["error", "error"]
    assert levels("GR-NOMETRIC", drawn, scores=scored("validation")) == ["warning"]
    assert levels("GR-NOMETRIC", drawn, scores=scored("validation", "test")) == ["pass"]
    assert levels("GR-NOMETRIC", SeriesEvidence(n_forecast={"train": 200})) == []


def embedding_facts(vectors):
    matrix, band = correlations(vectors)
    return SeriesEvidence(correlations=CorrelationFacts(("D", "E", "N", "O"), matrix, band))


def test_correlations_inside_the_band_are_noise_and_those_outside_are_not():
    vectors = np.random.default_rng(1).normal(size=(4, 768))
    assert levels("GR-NOISEBAND", embedding_facts(vectors)) == ["info"]
    assert levels("GR-NOISEBAND", embedding_facts(vectors + 0.5 * vectors[3])) == ["pass"]


def test_the_printed_correlations_of_the_roster_story_are_noise():
    # As the post prints them: off the diagonal from -0.082 to 0.001; one of six outside ±0.071 is what chance gives.
    matrix = np.eye(4)
    matrix[np.triu_indices(4, 1)] = [-0.082, -0.03, 0.001, -0.02, -0.05, -0.01]
    facts = SeriesEvidence(correlations=CorrelationFacts(("D", "E", "N", "O"), matrix, 0.0707))
    (finding,) = found("GR-NOISEBAND", facts)
    assert finding.level == "info"
    assert "1 of 6 lie outside of ±0.0707" in finding.message


@pytest.mark.parametrize(
    ("differences", "level", "told"),
    [
        ((0.02, -0.01, 0.03), "warning", "depends on the seed"),
        ((0.01, 0.05), "warning", "do not settle"),
        ((0.03, 0.031, 0.029, 0.03, 0.032), "pass", "holds for all seeds"),
        ((-0.03, -0.031, -0.029, -0.03, -0.032), "pass", "0 of 5 seeds are better"),
    ],
)
def test_a_conclusion_that_depends_on_the_seed_is_named(differences, level, told):
    (finding,) = found("GR-SEEDVAR", SeriesEvidence(seeds=SeedFacts("accuracy", "markov_3", differences)))
    assert finding.level == level
    assert told in finding.message


def test_one_seed_says_nothing_about_seeds():
    assert levels("GR-SEEDVAR", SeriesEvidence(seeds=SeedFacts("accuracy", "markov_3", (0.1,)))) == []


def test_the_capacity_of_a_forecaster_is_counted_by_its_targets():
    evidence = Evidence(
        task="forecast", n_parameters=86_000_000, series=SeriesEvidence(n_targets={"train": 329, "test": 21})
    )
    (finding,) = capacity.CHECK.run(evidence)
    assert (finding.level, finding.evidence["n_rows"]) == ("warning", 329)
    assert "329 training steps of series: 261,398 for each label" in finding.message
    assert [one.level for one in capacity.CHECK.run(replace(evidence, n_parameters=100_000))] == ["pass"]


def test_figures_that_are_no_numbers_silence_their_check():
    nan = float("nan")
    series = SeriesEvidence(
        order=OrderFacts(nan, 1.0),
        representation=RepresentationFacts(9, 3, nan, nan, nan, nan, nan),
        scalers=(ScalerFacts("a", Scale(nan, 1.0), Scale(0.0, 1.0), Scale(0.0, 0.0)),),
        seeds=SeedFacts("mae", "naive", (nan, 1.0)),
        correlations=CorrelationFacts(("a", "b"), np.full((2, 2), nan), 0.1),
        forecasts=(forecast_facts(TRUTH, np.full(TRUTH.shape, nan), split="test", channel="load"),),
    )
    assert run_checks(Evidence(task="forecast", series=series), silence={}) == ()


def test_broken_twins_speak_korean_with_the_same_numbers():
    def figures(text):
        return sorted(re.findall(r"\d[\d,.]*\d|\d", text))

    relu = np.maximum(TRUTH + RNG.normal(size=TRUTH.shape), 0)
    series = SeriesEvidence(
        input=1,
        is_recurrent=True,
        lead=0,
        telltales=(Telltale("a", "b", "equal", 1.0, 9),),
        shared=(SharedTargets("train", "test", 3, 30),),
        scalers=(*scaler((12, 3), (10, 2), (12, 3)).scalers, *scaler((11, 2.2), (10, 2), (12, 3)).scalers),
        order=OrderFacts(1e-15, 1.2),
        representation=states(1e-8, 1e-4).representation,
        forecasts=(*forecasts(relu).forecasts, *forecasts(1e-4 * TRUTH).forecasts),
        n_forecast={"test": 53},
        seeds=SeedFacts("mae", "naive", (0.1, -0.1)),
        correlations=embedding_facts(np.random.default_rng(1).normal(size=(4, 768))).correlations,
    )
    english, korean = (
        run_checks(Evidence(task="forecast", series=series, language=language), silence={}) for language in ("en", "ko")
    )
    assert len(english) == 14
    assert "pass" not in {one.level for one in english}
    for one, other in zip(english, korean, strict=True):
        assert figures(one.message) == figures(other.message)
        assert one.fix
        assert not re.search("[가-힣]", one.title + one.message + one.fix + "".join(one.causes))
        for text in (other.title, other.message, other.fix, *other.causes):
            assert re.search("[가-힣]", text)


def test_rules_that_the_truth_breaks_are_named_and_kept_ones_are_counted():
    kept = RuleFacts("test", 200, n_free=8, n_ruled=0, n_true=4, free_right=120, ruled_right=126)
    assert levels("GR-SCHEME", SeriesEvidence(rules=(kept,))) == ["pass"]
    told = message("GR-SCHEME", SeriesEvidence(rules=(kept,)))
    assert "Without rules 4.0 % of 200 test steps would break one; with them 0.0 % do" in told
    assert "60.0 % without, 63.0 % with" in told
    wrong = replace(kept, n_true=30)
    assert levels("GR-SCHEME", SeriesEvidence(rules=(wrong,))) == ["warning"]
    assert "breaks the rules on 15.0 %" in message("GR-SCHEME", SeriesEvidence(rules=(wrong,)))
    assert levels("GR-SCHEME", SeriesEvidence()) == []


@pytest.mark.parametrize(
    ("forced", "free", "level"), [(900, 890, "pass"), (900, 700, "warning"), (700, 760, "pass"), (16, 14, "pass")]
)
def test_a_decoder_that_is_lost_when_it_runs_free_is_named(forced, free, level):
    facts = ForcingFacts("test", 1000 if forced > 100 else 20, forced_right=forced, free_right=free)
    assert levels("GR-TRAINEVAL", SeriesEvidence(forcing=(facts,))) == [level]
    told = message("GR-TRAINEVAL", SeriesEvidence(forcing=(facts,)))
    assert f"{forced / facts.n:.1%}".replace("%", " %") in told
    assert f"{free / facts.n:.1%}".replace("%", " %") in told


@pytest.mark.parametrize(
    ("n_blocks", "expected"), [({"test": 1}, ["warning"]), ({"test": 5}, ["warning"]), ({"test": 6}, [])]
)
def test_too_few_stretches_of_time_are_named(n_blocks, expected):
    facts = SeriesEvidence(n_blocks={"validation": 1, **n_blocks})
    assert levels("GR-TINYTEST", facts) == expected
    if expected:
        assert f"lie in {n_blocks['test']} stretch" in message("GR-TINYTEST", facts)
