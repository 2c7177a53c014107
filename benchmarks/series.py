"""Trains models of series on rosters, life courses, sensors and prices; prints scores beside every baseline.

Run: python benchmarks/series.py generator broken foundation mvad biofam etth1 backtest order forcing leaks
Needs ../shared/data beside the repository for foundation, mvad, biofam, etth1 and backtest, and the extra series for
the baseline ets of backtest. ``name=value`` changes a setting of every run, such as training.epochs=5.
"""

import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import torch
from scipy.stats import t as student

from seqwise import workflow
from seqwise.answers import Answers
from seqwise.artefact import read_baselines
from seqwise.baselines.members import build_number_baseline
from seqwise.batch.flat import collate
from seqwise.check.engine import run_checks
from seqwise.check.series_facts import scaler_facts, shared_targets
from seqwise.evaluate.scores import score_split
from seqwise.examples.roster import broken, healthy
from seqwise.fitting import build
from seqwise.horizons import Horizons
from seqwise.model.heads.decoder import DecoderHead
from seqwise.predicting import open_run
from seqwise.prepare.series_splits import split_series
from seqwise.probe.order import equivariance
from seqwise.records import Evidence, Predictions, SplitScores
from seqwise.series_evidence import Scale, SeriesEvidence
from seqwise.series_records import Forecasts, SeriesWindows
from seqwise.settings.reading import LoadedSettings, read_settings, settings_from_tables
from seqwise.tasks.forecast import TASK, SeriesWork

ROOT = Path(__file__).resolve().parents[1]
RUNS = ROOT / "runs" / "benchmarks" / "series"
DATA = RUNS / "data"
EXAMPLES = ROOT / "examples"
SHARED = ROOT.parent / "shared" / "data"
SEEDS = range(5)
FOLDS = 5
STRETCHES = 6
CHANGES = [word for word in sys.argv[1:] if "=" in word]

ROSTER = {
    "task": "forecast",
    "data": {"time": "date", "unit": ["unit"], "value": ["shift"], "known": ["holiday"]},
    "prepare": {"input": 28, "horizon": 7, "stride": 2},
    "encoder": {"name": "recurrent", "embedding": 32, "hidden": 96},
    "training": {"epochs": 5, "batch_size": 32, "learning_rate": 2e-3},
}


def generator() -> None:
    """Rosters of 40 people over two years: the network against markov3 and the same weekday, on five of them."""
    for noise in (0.1, 1.0):
        print(f"\n## Rosters of 40 people, 731 days, noise {noise:.0%}; next 7 days of 28")
        rows: list[SplitScores] = []
        for seed in SEEDS:
            path = written(f"roster-{noise:g}-{seed}.csv", lambda p, s=seed, n=noise: healthy(s, noise=n).write_csv(p))
            given = {**tables(ROSTER, data={"train": path}), "evaluate": {"verdict_on": "accuracy"}}
            scores = fitted(f"generator-{noise:g}-{seed}", given, seed=seed)
            rows.append(scores)
            told(f"seed {seed}", scores)
        for metric in ("accuracy", "log_loss"):
            for baseline in ("markov3", "season", "lags"):
                gains = [
                    sign(metric) * (one.metrics[metric].value - one.baselines[baseline][metric].value) for one in rows
                ]
                print(f"{metric}: gain over {baseline} {by_seed(gains)}")
        print("better by the run's own verdict:", [one.verdict.better for one in rows])


def broken_twin() -> None:
    """The roster of the post: 47 + 3 weeks and no positions; and the healthy twin with them."""
    path = written("broken.csv", lambda p: broken().write_csv(p))
    encoder = {"name": "transformer", "hidden": 64, "layers": 2, "feed_forward": 128}
    windows = {"input": 7, "horizon": 7, "stride": 7, "calendar": False}
    post = tables(ROSTER, data={"train": path, "validation": 0.0601, "test": 0.06}, prepare=windows)
    post |= {"encoder": {**encoder, "positions": "none"}, "training": {"epochs": 30, "batch_size": 8}}
    fitted("broken", post)
    findings("47 + 3 weeks, positions off", RUNS / "broken")
    path = written("roster-0.1-0.csv", lambda p: healthy(0).write_csv(p))
    mended = tables(ROSTER, data={"train": path})
    mended |= {"encoder": {**encoder, "positions": "learned"}, "training": {"epochs": 6}}
    told("40 people, two years, positions learned", fitted("mended", mended))
    findings("the mended twin", RUNS / "mended")


def foundation() -> None:
    """Nineteen people of a care home over 63 days: days 1 to 35 teach, two weeks choose, two weeks judge."""

    def write(path: Path) -> None:
        rows = pl.read_csv(SHARED / "roster-foundation" / "roster.csv").filter(pl.col("roster").str.starts_with("2016"))
        rows = rows.unique(["employee_id", "date"], keep="first", maintain_order=True)
        view = {"D": "D D1 RP R R1", "E": "P P1", "N": "N PN", "24": "DN RPN", "O": "W U L4 OP IZ *"}
        codes = {shift: state for state, shifts in view.items() for shift in shifts.split()}
        n_days = rows.group_by("employee_id").len().filter(pl.col("len") == 63)
        rows = rows.join(n_days.select("employee_id"), on="employee_id")
        rows.with_columns(pl.col("shift").replace_strict(codes)).write_csv(path)

    path = written("foundation.csv", write)
    loaded = tables(
        ROSTER,
        data={"train": path, "unit": ["employee_id"], "static": ["role"], "known": []},
        prepare={"input": 14, "horizon": 7},
    )
    loaded["data"] |= {"validation": "2016-09-05", "test": "2016-09-19"}
    loaded |= {"encoder": {"name": "recurrent", "embedding": 16, "hidden": 24, "dropout": 0.3}}
    loaded |= {"head": {"name": "steps", "stand_on": "markov3"}, "training": {"epochs": 30, "batch_size": 16}}
    told("roster-foundation, next 7 days of 14", fitted("foundation", loaded))
    findings("roster-foundation", RUNS / "foundation")


def courses(name: str) -> None:
    """Life courses: every person is foretold once, by one of five models that never saw that person."""
    loaded = read_settings(EXAMPLES / f"{name}.toml", overrides=CHANGES)
    table = TASK.read(loaded.settings.data, 0)
    order = np.random.default_rng(0).permutation(len(table.series.units))
    lines = Path(loaded.settings.data.train).read_text(encoding="utf-8").rstrip("\n").split("\n")
    model: list[Answers] = []
    beside: list[dict[str, Answers]] = []
    for fold in range(FOLDS):
        held = set(order[fold::FOLDS].tolist())
        parts = {
            "train": [line for number, line in enumerate(lines[1:]) if number not in held],
            "test": [line for number, line in enumerate(lines[1:]) if number in held],
        }
        paths = {part: DATA / f"{name}-{fold}-{part}.csv" for part in parts}
        for part, kept in parts.items():
            paths[part].parent.mkdir(parents=True, exist_ok=True)
            paths[part].write_text("\n".join([lines[0], *kept]) + "\n", encoding="utf-8")
        own = read_settings(
            EXAMPLES / f"{name}.toml",
            overrides=[f"data.train={paths['train']}", "data.test=0", "data.validation=0.2", *CHANGES],
        )
        scores = fitted(f"{name}-{fold}", own, split="validation")
        print(f"fold {fold}, validation: {scores.verdict.sentence}")
        windows, _ = TASK.labelled(str(paths["test"]), open_run(RUNS / f"{name}-{fold}").artefact)
        ours, others = answers_of(RUNS / f"{name}-{fold}", windows)
        model.append(ours)
        beside.append(others)
    pooled = {baseline: joined([one[baseline] for one in beside]) for baseline in beside[0]}
    for best in ("last", "markov1", "markov2", "markov3", "lags"):
        evaluate = own.settings.evaluate.model_copy(update={"verdict_on": "log_loss"})
        scores = score_split(joined(model), pooled, settings=evaluate, seed=0, best=best)
        print(scores.verdict.sentence)
    told(f"{name}: {len(order):,} people, each by a model that never saw them", scores)


def etth1() -> None:
    """ETTh1 as the literature splits it: 12, 4 and 4 months of 30 days, 336 hours seen, 96 foretold, 7 columns."""
    began = time.monotonic()
    loaded = read_settings(EXAMPLES / "etth1.toml", overrides=CHANGES)
    scores = fitted("etth1", loaded)
    print(f"\n## ETTh1, {time.monotonic() - began:.0f} s in all; {machine(RUNS / 'etth1')}")
    told("test, errors in deviations of the training rows", scores, metrics=("mse", "mae", "mase", "coverage"))


def backtest() -> None:
    """Rolling origins: six stretches in turn are foretold by models that were fitted on what came before them."""
    for name in ("sbux", "airline", "temperatures"):
        loaded = read_settings(EXAMPLES / f"{name}.toml", overrides=CHANGES)
        table = TASK.read(loaded.settings.data, 0).series
        n, prepare = int(table.times.max()) + 1, loaded.settings.prepare
        width = n // (2 * STRETCHES)  # the second half is foretold
        model: list[Answers] = []
        beside: list[dict[str, Answers]] = []
        for fold in range(STRETCHES):
            begin = n - (STRETCHES - fold) * width
            marks = [begin - max(width, prepare.horizon), begin, begin + width]
            names = [table.axis.name(min(mark, n - 1)) for mark in marks]
            changes = [f"data.validation={names[0]}", f"data.test={names[1]}"]
            changes += [f"data.until={names[2]}"] if marks[2] < n else []
            own = read_settings(EXAMPLES / f"{name}.toml", overrides=[*changes, *CHANGES])
            fitted(f"{name}-{fold}", own)
            settings = open_run(RUNS / f"{name}-{fold}").artefact.settings
            test = split_series(table, settings.data, prepare=settings.prepare, seed=0)["test"]
            test = replace(test, starts=test.starts[:: prepare.horizon])  # origins a horizon apart
            ours, others = answers_of(RUNS / f"{name}-{fold}", test)
            others["ets"] = with_ets(test, settings.prepare.season, ours)
            model.append(ours)
            beside.append(others)
        pooled = {baseline: joined([one[baseline] for one in beside]) for baseline in beside[0]}
        for best in ("naive", "seasonal_naive", "linear", "ets"):
            print(score_split(joined(model), pooled, settings=settings.evaluate, seed=0, best=best).verdict.sentence)
        told(
            f"{name}: {STRETCHES} stretches of {width} steps, {prepare.horizon} ahead",
            score_split(joined(model), pooled, settings=settings.evaluate, seed=0),
            metrics=("mae", "rmse", "mase", "smape", "coverage"),
        )


def order() -> None:
    """The same encoder with and without positions: what shuffling its tokens changes, in float64."""
    path = written("roster-0.1-0.csv", lambda p: healthy(0).write_csv(p))
    print("\n## Equivariance under permutation, transformer of 2 layers, 64 windows of 28 days, float64")
    print("| positions | largest difference | of the outputs' size |\n| --- | --- | --- |")
    for positions in ("none", "learned", "sinusoidal", "rotary"):
        given = tables(ROSTER, data={"train": path}, prepare={"calendar": False, "stride": 7})
        given |= {"encoder": {"name": "transformer", "hidden": 64, "layers": 2, "positions": positions}}
        given |= {"evaluate": {"baselines": ["prior"]}}
        loaded = settings_from_tables(given, origin="benchmark")
        work, network = prepared(loaded)
        batch = collate(work.examples["validation"], np.arange(64))
        facts = equivariance(lambda each, n=network: n.encoder(each).hidden, batch)
        print(f"| {positions} | {facts.error:.1e} | {facts.error / facts.scale:.1e} |")


def forcing() -> None:
    """Both decoders, told the truth before each step and left alone; trained with and without drawn states."""
    path = written("roster-0.1-0.csv", lambda p: healthy(0).write_csv(p))
    lives = read_settings(EXAMPLES / "biofam.toml").settings.model_dump(mode="json", exclude_unset=True)
    for data, base in {"roster": tables(ROSTER, data={"train": path}), "biofam": lives}.items():
        print(f"\n## {data}: accuracy of the steps to come, forced and free-running, test windows\n")
        print("| decoder | teacher forcing | forced | free | gap | head steps |")
        print("| --- | --- | --- | --- | --- | --- |")
        own = {**base, "head": {"name": "steps"}, "evaluate": {"baselines": ["prior", "markov3", "last"]}}
        direct = fitted(f"forcing-{data}-direct", own)
        for cell in ("transformer", "gru"):
            for share in (1.0, 0.5):
                name = f"forcing-{data}-{cell}-{share:g}"
                head = {"name": "decoder", "cell": cell, "hidden": 64, "layers": 1, "teacher_forcing": share}
                scores = fitted(name, {**own, "head": head})
                free, forced = scores.metrics["accuracy"].value, forced_accuracy(name, {**own, "head": head})
                print(
                    f"| {cell} | {share:g} | {forced:.4f} | {free:.4f} | {forced - free:.4f} "
                    f"| {direct.metrics['accuracy'].value:.4f} |",
                    flush=True,
                )


def leaks() -> None:
    """Three leaks and their healthy twins: what is named, and what is not."""
    rng = np.random.default_rng(0)
    path = written("roster-0.1-0.csv", lambda p: healthy(0).write_csv(p))
    given = tables(ROSTER, data={"train": path}, prepare={"stride": 7})
    series = TASK.read(settings_from_tables(given, origin="benchmark").settings.data, 0).series
    loaded = settings_from_tables(given, origin="benchmark")
    windows = split_series(series, loaded.settings.data, prepare=loaded.settings.prepare, seed=0)
    numbers = rng.normal(size=(1_000, 1)).cumsum(axis=0)
    first = numbers[:700]
    for title, rows in {"scaler fitted on all rows": numbers, "scaler fitted on training rows": first}.items():
        fit = Scale(float(rows.mean()), float(rows.std()))
        judged(title, SeriesEvidence(scalers=tuple(scaler_facts(["price"], [fit], training=first, every=numbers))))
    everything = np.arange(len(series))
    across = {"train": everything[:20_000], "test": everything[19_000:]}
    apart = {split: one.target_rows for split, one in windows.items()}
    for title, targets in {"windows across the split": across, "windows of our splits": apart}.items():
        judged(title, SeriesEvidence(shared=shared_targets(targets)))
    table = pl.read_csv(path)
    for title, column in {"shift of the same day given": "shift", "holiday given": "holiday"}.items():
        leaky = DATA / f"leak-{column}.csv"
        table.with_columns(pl.col(column).alias("given")).write_csv(leaky)
        told_of = tables(ROSTER, data={"train": leaky, "known": ["given"]}, prepare={"stride": 7})
        told_of |= {"training": {"epochs": 1}, "evaluate": {"baselines": ["prior"]}}
        fitted(f"leak-{column}", told_of)
        findings(title, RUNS / f"leak-{column}", only=("horizon", "window_overlap", "scaler_leak"))


def fitted(name: str, given: LoadedSettings | dict[str, object], *, seed: int = 0, split: str = "test") -> SplitScores:
    """The scores of a run, trained anew."""
    if isinstance(given, dict):
        given = settings_from_tables(given, origin=name, overrides=[f"runtime.seed={seed}", *CHANGES])
    result = workflow.fit(given, RUNS / name, options=workflow.FitOptions(is_fresh=True, is_quiet=True))
    assert result.scores is not None
    return result.scores.splits[split]


def prepared(loaded: LoadedSettings) -> tuple[SeriesWork, torch.nn.Module]:
    """The windows of some settings and their network before training, in float64."""
    table = TASK.read(loaded.settings.data, 0)
    assert TASK.settle is not None
    settings = TASK.settle(loaded.settings, table)
    work = TASK.prepare(table, settings, None, None)
    assert isinstance(work, SeriesWork)
    return work, build(TASK, work, settings=settings, checkpoint=None).network.double().eval()


def forced_accuracy(name: str, given: dict[str, object]) -> float:
    """Share of test steps that a decoder gets right when it is told the truth before each."""
    artefact = open_run(RUNS / name).artefact
    loaded = settings_from_tables(given, origin=name)
    table = TASK.read(loaded.settings.data, 0)
    windows = split_series(table.series, artefact.settings.data, prepare=artefact.settings.prepare, seed=0)["test"]
    examples = artefact.preparation.apply(windows)  # pyright: ignore[reportArgumentType, reportAttributeAccessIssue]
    network, n_right = artefact.network.eval(), 0
    assert isinstance(network.head, DecoderHead)
    with torch.inference_mode():
        for rows in np.array_split(np.arange(len(windows)), max(1, len(windows) // 64)):
            batch = collate(examples, rows)
            logits = network.head.forced(network.encoder(batch).hidden, batch)
            assert batch.targets is not None
            n_right += int((logits.argmax(dim=1) == batch.targets).sum())
    return n_right / examples.n_outputs


def answers_of(run: Path, windows: SeriesWindows) -> tuple[Answers, dict[str, Answers]]:
    """What the model and every baseline of a run say of windows, with their truth."""
    predictor = open_run(run)
    model = TASK.judge(predictor.artefact, windows, predictor.predict(windows))
    baselines = read_baselines(run / "baselines")
    return model, {name: TASK.beside(predictor.artefact, windows, model, each) for name, each in baselines.items()}


def with_ets(test: SeriesWindows, season: int, model: Answers) -> Answers:
    """AutoETS fitted anew on what comes before each origin, up to 20 windows long."""
    assert isinstance(model, Forecasts)
    longest = min(20 * test.input, int(test.starts.min()) + test.input)
    long = replace(test, starts=test.starts + test.input - longest, input=longest)
    from seqwise.prepare.calendar import season_of
    from seqwise.series_records import SeenWindows

    series = test.series
    seen = SeenWindows(
        inputs=series.values[long.input_rows],
        units=series.unit_of[long.starts],
        times=series.times[long.starts] + longest,
        known=np.zeros((len(long), test.horizon, 0)),
        season=season or season_of(series.axis),
    )
    truth = series.values[long.target_rows].astype(np.float64)
    ets = build_number_baseline("ets").fit(seen, truth, seed=0)
    return replace(model, point=ets.forecast(seen), quantiles=None, levels=())


def joined(parts: Sequence[Answers]) -> Answers:
    """Answers to windows of several runs as one."""
    horizons = [part.horizons for part in parts]
    ends = np.cumsum([0, *(len(each) for each in horizons if each is not None)])
    whole = Horizons(
        units=tuple(unit for each in horizons if each for unit in each.units),
        origins=tuple(origin for each in horizons if each for origin in each.origins),
        times=tuple(moment for each in horizons if each for moment in each.times),
        horizon=horizons[0].horizon if horizons[0] else 0,
        blocks=np.concatenate(
            [[0], *(each.blocks[1:] + end for each, end in zip(horizons, ends, strict=False) if each)]
        ),
    )
    if isinstance(parts[0], Predictions):
        some = [part for part in parts if isinstance(part, Predictions)]
        truths = [part.truth for part in some if part.truth is not None]
        return replace(
            some[0],
            ids=tuple(name for part in some for name in part.ids),
            probabilities=np.concatenate([part.probabilities for part in some]),
            truth=np.concatenate(truths),
            horizons=whole,
        )
    numbers = [part for part in parts if isinstance(part, Forecasts)]
    has_quantiles = all(part.quantiles is not None for part in numbers)
    return replace(
        numbers[0],
        horizons=whole,
        point=np.concatenate([part.point for part in numbers]),
        truth=np.concatenate([part.truth for part in numbers if part.truth is not None]),
        scales=np.concatenate([part.scales for part in numbers if part.scales is not None]),
        quantiles=np.concatenate([p.quantiles for p in numbers if p.quantiles is not None]) if has_quantiles else None,
    )


def told(title: str, scores: SplitScores, *, metrics: Sequence[str] = ("log_loss", "accuracy", "macro_f1")) -> None:
    """A table of the model and its baselines, and the verdict."""
    print(f"\n### {title}: {scores.n:,} windows\n\n| | {' | '.join(metrics)} |\n| --- |" + " --- |" * len(metrics))
    for name, row in {"**model**": scores.metrics, **scores.baselines}.items():
        cells = [f"{row[m].value:.4f} [{row[m].low:.4f}, {row[m].high:.4f}]" if m in row else "" for m in metrics]
        print(f"| {name} | " + " | ".join(cells) + " |")
    print(f"\n{scores.verdict.sentence}", flush=True)


def findings(title: str, run: Path, *, only: Sequence[str] = ()) -> None:
    """The findings of a run that are not passes."""
    found = json.loads((run / "findings.json").read_text())
    loud = [one for one in found if one["level"] in ("error", "warning") and (not only or one["check"] in only)]
    print(f"\n{title}: " + ("; ".join(f"{one['level']} {one['ids'][0]} {one['title']}" for one in loud) or "silent"))


def judged(title: str, facts: SeriesEvidence) -> None:
    """What the checks say of bare facts."""
    loud = [one for one in run_checks(Evidence(task="forecast", series=facts), silence={}) if one.level != "pass"]
    print(f"\n{title}: " + ("; ".join(f"{one.level} {one.ids[0]} {one.title}" for one in loud) or "silent"))


def by_seed(values: Sequence[float]) -> str:
    """Mean and Student's interval of several seeds."""
    mean, n = float(np.mean(values)), len(values)
    half = float(student.ppf(0.975, n - 1) * np.std(values, ddof=1) / np.sqrt(n))
    return f"{mean:.4f} [{mean - half:.4f}, {mean + half:.4f}], seeds {[round(value, 4) for value in values]}"


def sign(metric: str) -> int:
    """1 where more is better."""
    return -1 if metric == "log_loss" else 1


def tables(base: Mapping[str, object], **changes: Mapping[str, object]) -> dict[str, object]:
    """The tables with some keys of some tables changed; paths as text."""
    whole: dict[str, object] = {}
    for name, table in base.items():
        given = changes.get(name, {})
        plain = {key: str(value) if isinstance(value, Path) else value for key, value in given.items()}
        whole[name] = {**table, **plain} if isinstance(table, dict) else table
    return whole


def written(name: str, write: object) -> Path:
    """A file of data beside the runs, written once."""
    path = DATA / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        write(path)  # pyright: ignore[reportCallIssue]
    return path


def machine(run: Path) -> str:
    """The processor and precision of a run."""
    facts = json.loads((run / "environment.json").read_text())["machine"]
    return f"{facts['processor']}, {facts['precision']}"


PARTS = {
    "generator": generator,
    "broken": broken_twin,
    "foundation": foundation,
    "mvad": lambda: courses("mvad"),
    "biofam": lambda: courses("biofam"),
    "etth1": etth1,
    "backtest": backtest,
    "order": order,
    "forcing": forcing,
    "leaks": leaks,
}

if __name__ == "__main__":
    for chosen in [word for word in sys.argv[1:] if "=" not in word] or list(PARTS):
        PARTS[chosen]()
