"""Whatever the evidence, checks change nothing, never raise, and say the same in both languages."""

import copy
import json
import re
from dataclasses import replace

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from seqwise.check import CHECKS
from seqwise.check.engine import run_checks
from seqwise.records import (
    Calibration,
    EvaluationPoint,
    Evidence,
    FileFacts,
    Interval,
    PlanFacts,
    Predictions,
    Rows,
    Scores,
    SettingUse,
    SplitScores,
    Truncation,
    Verdict,
)
from seqwise.series_evidence import (
    CorrelationFacts,
    ForecastFacts,
    OrderFacts,
    RepresentationFacts,
    Scale,
    ScalerFacts,
    SeedFacts,
    SeriesEvidence,
    SharedTargets,
    Telltale,
)

SPLITS = ("train", "validation", "test")
LABELS = ("a", "b", "c", "<unk>", "7", "오프", "")
NUMBERS = st.floats(allow_nan=True, allow_infinity=True, width=32)
COUNTS = st.integers(0, 1000)
WORDS = st.one_of(
    st.sampled_from(["", "same text again", "same text again!", "Same  text again", "영화가 정말 좋았다"]),
    st.text(max_size=20),
)


@st.composite
def some_rows(draw):
    texts = draw(st.lists(WORDS, max_size=12))
    labels = draw(st.none() | st.lists(st.sampled_from(LABELS), min_size=len(texts), max_size=len(texts)))
    return Rows(
        ids=tuple(str(i) for i in range(len(texts))),
        texts=tuple(texts),
        files=("f.csv",),
        file_of=np.zeros(len(texts), dtype=np.int64),
        lines=np.arange(len(texts)),
        labels=None if labels is None else tuple(labels),
    )


@st.composite
def some_predictions(draw):
    n, k = draw(st.integers(0, 60)), draw(st.integers(1, 5))
    kind = draw(st.sampled_from(["any", "uniform", "sure", "dirichlet"]))
    if kind == "any":
        table = draw(arrays(np.float64, (n, k), elements=st.floats(width=32)))
    elif kind == "uniform":
        table = np.full((n, k), 1 / k)
    else:
        table = np.random.default_rng(draw(COUNTS)).dirichlet(np.full(k, 1e-3 if kind == "sure" else 1.0), n)
    truth = draw(st.none() | arrays(np.int64, n, elements=st.integers(0, k - 1)))
    n_labels = draw(st.sampled_from([k, k + 1]))
    return Predictions(tuple(str(i) for i in range(n)), LABELS[:n_labels], table, truth)


@st.composite
def some_scores(draw):
    one = draw(NUMBERS)
    interval = Interval(one, draw(NUMBERS), draw(NUMBERS))
    verdict = Verdict("accuracy", "majority", draw(NUMBERS), draw(NUMBERS), draw(NUMBERS), better=False, sentence="")
    baselines = draw(st.sampled_from([{}, {"majority": {"accuracy": interval}}]))
    split = SplitScores(draw(COUNTS), metrics={"accuracy": interval}, baselines=baselines, verdict=verdict)
    return Scores("classify", {draw(st.sampled_from(SPLITS)): split})


FILES = st.builds(
    FileFacts, path=st.sampled_from(["f.csv", "g.csv"]), sha256=st.sampled_from(["", "a", "b"]), n_bytes=COUNTS,
    n_rows=COUNTS, encoding=st.just("utf-8"),
)  # fmt: skip
PLANS = st.builds(
    PlanFacts, schedule=st.just("linear"), peak=NUMBERS, n_updates=COUNTS, n_warmup=COUNTS,
    rates=arrays(np.float64, st.integers(0, 30), elements=NUMBERS), declared_updates=st.none() | COUNTS,
)  # fmt: skip
TRUNCATIONS = st.builds(
    Truncation, limit=COUNTS, n_rows=COUNTS, n_rows_cut=COUNTS, n_tokens=COUNTS, n_tokens_cut=COUNTS
)  # fmt: skip
HISTORIES = st.builds(
    EvaluationPoint, step=COUNTS, epoch=NUMBERS, train_loss=NUMBERS, metric=NUMBERS,
    validation_loss=st.sampled_from([float(np.log(2)), float(np.log(3)), 0.1]) | NUMBERS,
)  # fmt: skip
CALIBRATIONS = st.builds(
    Calibration, temperature=NUMBERS, split=st.sampled_from(SPLITS), log_loss_before=NUMBERS, log_loss_after=NUMBERS,
    n_fitted_on=COUNTS,
)  # fmt: skip
SETTINGS = st.builds(
    SettingUse,
    key=st.sampled_from(["training.freeze", "head.dropout"]),
    value=st.text(max_size=5),
    is_read=st.booleans(),
)


def by_split(values):
    return st.dictionaries(st.sampled_from(SPLITS), values, max_size=3)


SCALES = st.builds(Scale, center=NUMBERS, spread=NUMBERS)
SERIES = st.builds(
    SeriesEvidence,
    input=st.none() | COUNTS,
    horizon=st.none() | COUNTS,
    is_recurrent=st.none() | st.booleans(),
    n_windows=by_split(COUNTS),
    n_targets=by_split(COUNTS),
    lead=st.none() | st.integers(-5, 5),
    telltales=st.lists(
        st.builds(Telltale, st.just("a"), st.just("b"), st.sampled_from(["equal", "partner"]), NUMBERS, COUNTS),
        max_size=2,
    ).map(tuple),
    shared=st.lists(
        st.builds(SharedTargets, st.just("train"), st.sampled_from(SPLITS), COUNTS, COUNTS), max_size=2
    ).map(tuple),
    scalers=st.lists(st.builds(ScalerFacts, st.just("a"), SCALES, SCALES, SCALES), max_size=2).map(tuple),
    order=st.none()
    | st.builds(
        OrderFacts, NUMBERS, NUMBERS, st.just("mae"), st.none() | NUMBERS, st.lists(NUMBERS, max_size=2).map(tuple)
    ),
    representation=st.none() | st.builds(RepresentationFacts, COUNTS, COUNTS, *[st.none() | NUMBERS] * 4, NUMBERS),
    forecasts=st.lists(
        st.builds(ForecastFacts, st.sampled_from(SPLITS), st.just("x"), COUNTS, *[NUMBERS] * 4, *[COUNTS] * 4),
        max_size=2,
    ).map(tuple),
    n_forecast=by_split(COUNTS),
    seeds=st.none() | st.builds(SeedFacts, st.just("mae"), st.just("naive"), st.lists(NUMBERS, max_size=3).map(tuple)),
    correlations=st.none()
    | st.builds(
        CorrelationFacts, st.just(()), arrays(np.float64, st.sampled_from([(1, 1), (3, 3)]), elements=NUMBERS), NUMBERS
    ),
)


EVIDENCE = st.builds(
    Evidence,
    task=st.just("classify"),
    labels=st.sampled_from([(), LABELS[:2], LABELS]),
    n_outputs=st.none() | st.integers(1, 9),
    rows=by_split(some_rows()),
    files=st.lists(FILES, max_size=3).map(tuple),
    truncation=by_split(TRUNCATIONS),
    predictions=by_split(some_predictions()),
    baselines=by_split(st.dictionaries(st.sampled_from(["prior", "majority"]), some_predictions(), max_size=2)),
    scores=st.none() | some_scores(),
    calibration=st.lists(CALIBRATIONS, max_size=2).map(tuple),
    plan=st.none() | PLANS,
    history=st.lists(HISTORIES, max_size=4).map(tuple),
    settings=st.lists(SETTINGS, max_size=3).map(tuple),
    n_parameters=st.none() | st.integers(0, 10**9),
    series=st.none() | SERIES,
)

LOUD = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def same(left, right):
    """Deep equality with arrays and NaN."""
    return repr_of(left) == repr_of(right)


def repr_of(value):
    with np.printoptions(threshold=10**9, floatmode="unique"):
        return repr(value)


@LOUD
@given(EVIDENCE)
def test_checks_never_raise_and_change_nothing(evidence):
    before = copy.deepcopy(evidence)
    found = run_checks(evidence, silence={})
    assert same(before, evidence)
    for finding in found:
        assert finding.check in CHECKS
        assert finding.title
        assert finding.message
        assert finding.fix or finding.level in ("pass", "info")
        json.dumps(finding.to_json(), allow_nan=False)


def figures(text):
    return sorted(re.findall(r"\d[\d,.]*\d|\d", text))


@LOUD
@given(EVIDENCE)
def test_both_languages_say_the_same_numbers(evidence):
    english = run_checks(replace(evidence, language="en"), silence={})
    korean = run_checks(replace(evidence, language="ko"), silence={})
    assert len(english) == len(korean)
    for one, other in zip(english, korean, strict=True):
        assert (one.check, one.level, one.ids) == (other.check, other.level, other.ids)
        assert figures(one.message) == figures(other.message)
        assert repr(one.evidence) == repr(other.evidence)
        assert re.search("[가-힣]", other.message)
        assert re.search("[가-힣]", other.title)


@given(st.lists(st.integers(0, 2**31), min_size=2, max_size=2))
@settings(max_examples=10, deadline=None)
def test_the_order_of_rows_changes_no_finding(seeds):
    rng = np.random.default_rng(seeds[0])
    table, truth = rng.dirichlet([1, 2, 3], 80), rng.integers(0, 3, 80)
    order = np.random.default_rng(seeds[1]).permutation(80)
    ids = tuple(str(i) for i in range(80))
    plain, mixed = (
        Evidence(
            task="classify", labels=LABELS[:3], predictions={"test": Predictions(ids, LABELS[:3], table[o], truth[o])}
        )
        for o in (np.arange(80), order)
    )
    told = [[(one.check, one.level, one.message) for one in run_checks(e, silence={})] for e in (plain, mixed)]
    assert told[0] == told[1]
