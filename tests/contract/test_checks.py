"""One test-bench for every check: the table, the files, the ids, and what each says of a healthy run."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from pydantic import BaseModel

import seqwise.check
from seqwise.check import CHECKS
from seqwise.check.contract import CheckSpec
from seqwise.check.engine import check
from seqwise.check.tag_predictions import evidence_from_tags
from seqwise.gradient_evidence import (
    BlockFacts,
    ClipFacts,
    FlowFacts,
    GradcheckFacts,
    GradientEvidence,
    LayerSpread,
    OverfitFacts,
    PaddingFacts,
    StartFacts,
)
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
    ForcingFacts,
    ForecastFacts,
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
from seqwise.settings.root import Settings
from seqwise.tag_evidence import Extension, Retention

# The guardrail catalogue; a check may answer for no other id.
CATALOGUE = """
BASELINE CACHE CAPACITY CHANCE CODESNAPSHOT COLLAPSE CONVERT DEADPARAM DOUBLEACT DRIFT DUP EMBDRIFT
EVALONTRAIN EXPLODE FORGET FROMLOGITS GRADCHECK INIT JOSA ALIGN LABELSPACE LASTSTATE LOSSREDUCTION LRPLAN
MASK MASKRATE METRICMISMATCH MLMLEAK NFD NOISEBAND NOMETRIC NOOP NOTFORECAST ORDER OUTPUTRANGE OVERCONF
OVERFIT1 PADID PADLABEL PERFECT PRIORLOSS PROBS REINIT REPCOLLAPSE RESUME SCALERLEAK SCHEME SEEDVAR SEQLEN1
SPACING SPECIALLABEL SUBMIT TINYTEST TOKENACC TRAINEVAL TRUNC UNUSEDCONFIG VANISH VOCAB
"""
FOLDER = Path(seqwise.check.__file__).parent
LABELS = ("negative", "neutral", "positive")


def sentences(n, seed):
    rng = np.random.default_rng(seed)
    return tuple(" ".join("".join(rng.choice(list("abcdefghijklmnop"), 6)) for _ in range(8)) for _ in range(n))


def healthy_rows(name, n, seed):
    labels = np.random.default_rng(seed).choice(LABELS, n)
    return Rows(
        ids=tuple(f"{name}:{i}" for i in range(n)),
        texts=sentences(n, seed),
        files=(f"{name}.csv",),
        file_of=np.zeros(n, dtype=np.int64),
        lines=np.arange(2, n + 2),
        labels=tuple(labels.tolist()),
    )


def healthy_predictions(rows, *, noise, seed):
    """Calibrated by construction: the label's score is raised by what the noise can bear (a Gaussian per class)."""
    truth = np.asarray([LABELS.index(label) for label in rows.labels])
    signal = np.random.default_rng(seed).normal(np.eye(3)[truth], noise)
    powers = np.exp(signal / noise**2)
    return Predictions(rows.ids, LABELS, powers / powers.sum(axis=1, keepdims=True), truth)


def healthy_tags():
    """Two hundred sentences in which eight names recur, all found but a few."""
    rng = np.random.default_rng(3)
    names, words = [f"Name{i}" for i in range(8)], [f"word{i}" for i in range(50)]
    units = [[*rng.choice(words, rng.integers(1, 6)), rng.choice(names), *rng.choice(words, 3)] for _ in range(200)]
    truth = [["B-PER" if unit.startswith("Name") else "O" for unit in own] for own in units]
    found = [["O"] * len(own) if row % 20 == 0 else own for row, own in enumerate(truth)]
    return evidence_from_tags([list(map(str, own)) for own in units], truth, predicted=found).tagged


def healthy_extension():
    """A type added to two others, which lose nothing that can be told from chance."""
    kept = Retention(
        "test", 500, "entity_f1", 0.912, 0.907, -0.013, 0.004, 0.02, {"LC": (0.9, 0.91), "PS": (0.92, 0.9)}
    )
    return Extension("runs/old", ("LC", "PS"), ("DR",), 120, 240, 95, 130, {}, {}, kept)


def healthy_series():
    """Windows that look ahead and share nothing, a scaler of the training rows, a network that sees all it should."""
    training = Scale(10.0, 2.0)
    return SeriesEvidence(
        input=28,
        horizon=7,
        is_recurrent=True,
        n_windows={"train": 900, "test": 90},
        n_targets={"train": 6300, "test": 630},
        lead=1,
        telltales=(Telltale("holiday", "shift", "partner", 0.2, 6300),),
        shared=(SharedTargets("train", "test", 0, 630),),
        scalers=(ScalerFacts("load", fitted=training, training=training, all_rows=Scale(11.0, 2.5)),),
        order=OrderFacts(0.4, 1.1, metric="accuracy", score=0.8, shuffled=(0.5, 0.52, 0.49)),
        representation=RepresentationFacts(400, 30, 0.4, 0.5, 0.5, 0.4, 17.0),
        forecasts=(ForecastFacts("test", "load", 630, 3.0, 4.0, 5.0, 15.0, 1, 1, 9, 8),),
        n_forecast={"test": 630},
        seeds=SeedFacts("accuracy", "markov_3", (0.05, 0.04, 0.06)),
        correlations=CorrelationFacts(("D", "E"), np.array([[1.0, -0.4], [-0.4, 1.0]]), 0.07),
        forcing=(ForcingFacts("test", 700, forced_right=510, free_right=500),),
        rules=(RuleFacts("test", 700, n_free=20, n_ruled=0, n_true=3, free_right=500, ruled_right=510),),
    )


def healthy_gradients():
    """Right gradients that neither vanish nor explode, a start at ln 3, eight rows by heart, no padding read."""
    norms = tuple(0.99**k for k in range(60))
    block = BlockFacts("weight", 12, 12, 0, 2e-10, (1, 2), 0.5, 0.5)
    layers = (LayerSpread("encoder.embedding", 1.0, 0.01), LayerSpread("head.output", 0.4, 0.02))
    return GradientEvidence(
        differences=(GradcheckFacts("attention", (block,), 25, 1e-3, 2e-3),),
        flows=(FlowFacts("encoder.layers.0", 4, norms, norms, ClipFacts(1.0, 90, 3, 0.4)),),
        start=StartFacts(1.1, 1.0986, layers, 9, (), False, (), ()),
        overfit=OverfitFacts(8, 8, 60, 1.1, 0.02, 8),
        padding=PaddingFacts("model", 12, 5, 1e-7, 0.6),
    )


def healthy():
    rows = {
        name: healthy_rows(name, n, seed)
        for seed, (name, n) in enumerate([("train", 2000), ("validation", 300), ("test", 600)])
    }
    model = {name: healthy_predictions(rows[name], noise=0.5, seed=9) for name in ("validation", "test")}
    weak = {name: {"naive_bayes": healthy_predictions(rows[name], noise=0.9, seed=8)} for name in model}
    figure = Interval(0.9, 0.88, 0.92)
    verdict = Verdict("log_loss", "naive_bayes", 0.3, 0.2, 0.4, better=True, sentence="")
    metrics = {"accuracy": figure}
    scores = {
        name: SplitScores(len(rows[name]), metrics=metrics, baselines={"naive_bayes": metrics}, verdict=verdict)
        for name in model
    }
    rates = np.concatenate([np.linspace(0, 1e-3, 20), np.linspace(1e-3, 0, 180)])
    return Evidence(
        task="classify",
        labels=LABELS,
        n_outputs=3,
        rows=rows,
        files=tuple(FileFacts(f"{name}.csv", name, n_bytes=9, n_rows=9, encoding="utf-8") for name in rows),
        truncation={name: Truncation(64, len(one), 1, 8 * len(one), 3) for name, one in rows.items()},
        predictions=model,
        baselines=weak,
        scores=Scores("classify", scores),
        calibration=(Calibration(1.05, "test", 0.41, 0.409, 300),),
        plan=PlanFacts("linear", 1e-3, 200, 20, rates),
        history=tuple(EvaluationPoint(i, float(i), loss, loss, 0.8) for i, loss in enumerate([1.05, 0.8, 0.5])),
        settings=(SettingUse("training.learning_rate", "1e-3", is_read=True),),
        n_parameters=400_000,
        tagged=healthy_tags(),
        extension=healthy_extension(),
        series=healthy_series(),
        gradients=healthy_gradients(),
    )


HEALTHY = healthy()


def test_every_file_that_offers_a_check_stands_in_the_table_and_no_other():
    files = {
        file.stem for file in FOLDER.glob("*.py") if re.search(r"^CHECK = ", file.read_text("utf-8"), re.MULTILINE)
    }
    assert files == set(CHECKS)


@pytest.mark.parametrize("name", CHECKS)
def test_a_check_is_what_its_table_says(name):
    spec = check(name)
    assert isinstance(spec, CheckSpec)
    assert spec.name == name
    assert spec.ids
    assert {guardrail.removeprefix("GR-") for guardrail in spec.ids} <= set(CATALOGUE.split())
    assert spec.source
    assert CHECKS[name]
    assert not CHECKS[name].endswith(".")


@pytest.mark.parametrize("name", CHECKS)
def test_a_check_is_silent_without_its_evidence(name):
    assert check(name).run(Evidence(task="classify")) == []


@pytest.mark.parametrize("name", CHECKS)
def test_a_check_that_finds_nothing_says_so_with_its_evidence(name):
    found = check(name).run(HEALTHY)
    assert {finding.level for finding in found} == {"pass"}
    assert {guardrail for finding in found for guardrail in finding.ids} == set(check(name).ids)
    for finding in found:
        assert finding.check == name
        assert finding.evidence
        json.dumps(finding.to_json(), allow_nan=False)


@pytest.mark.parametrize("name", CHECKS)
def test_a_check_speaks_english_and_korean_with_the_same_numbers(name):
    def figures(text):
        return sorted(re.findall(r"\d[\d,.]*\d|\d", text))

    english, korean = (check(name).run(replace(HEALTHY, language=language)) for language in ("en", "ko"))
    for one, other in zip(english, korean, strict=True):
        assert figures(one.message) == figures(other.message)
        assert figures(one.message) or name == "unused_settings"
        assert not re.search("[가-힣]", one.message + one.title)
        assert re.search("[가-힣]", other.message)
        assert re.search("[가-힣]", other.title)


def setting_names(model, start=""):
    """Dotted names of all settings, unions of tables included."""
    names = set()
    for name, field in model.model_fields.items():
        names.add(start + name)
        for table in tables_in(field.annotation):
            names |= setting_names(table, f"{start}{name}.")
    return names


def tables_in(annotation):
    parts = get_args(annotation)
    if parts:
        return [table for part in parts for table in tables_in(part)]
    return [annotation] if isinstance(annotation, type) and issubclass(annotation, BaseModel) else []


def test_every_setting_that_a_mend_names_exists():
    stations = "data|prepare|encoder|head|extend|training|evaluate|checks|runtime"
    named = {
        name
        for file in FOLDER.glob("*.py")
        for name in re.findall(rf"\b((?:{stations})\.[a-z_]+(?:\.[a-z_]+)*)", file.read_text("utf-8"))
    }
    assert len(named) > 20
    assert named - setting_names(Settings) == set()


def test_the_whole_catalogue_of_a_healthy_run_raises_no_alarm():
    assert [f for name in CHECKS for f in check(name).run(HEALTHY) if f.level in ("error", "warning")] == []
