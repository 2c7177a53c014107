"""The road, a line a station: read, prepare, batch, model, train, evaluate, check, report; and what follows a run."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from seqwise import fitting, gradient_probing, judging
from seqwise.check.engine import require_known, run_checks
from seqwise.errors import InterruptedRunError, Problem, UsageError
from seqwise.evaluate.scores import score_all
from seqwise.gradient_evidence import GradientEvidence
from seqwise.read.checkpoints import checkpoint_of
from seqwise.records import Finding, Language, Scores
from seqwise.report.load import read_run
from seqwise.report.page import write_report
from seqwise.report.text import summary_lines
from seqwise.run_folder import RunFolder, changed_files
from seqwise.seeding import seed_facts
from seqwise.settings.reading import LoadedSettings
from seqwise.settings.root import Settings
from seqwise.settings.writing import to_toml
from seqwise.stations import Stations
from seqwise.tasks.choice import task_of
from seqwise.tasks.contract import Material
from seqwise.train.checkpoint import remove_steps
from seqwise.train.events import read_events
from seqwise.train.loop import CHECKPOINTS
from seqwise.train.progress import announce

# Prepared texts and baselines are kept by content beside the runs: the next run on the same rows has them at once.
CACHE = ".cache"
# Checks that are told before the first update, while there is still time to mend; the slow look for copies waits.
EARLY = (
    *("rate_plan", "unused_settings", "label_space", "truncation", "eval_on_train", "unicode_forms", "spacing"),
    *("horizon", "window_overlap", "scaler_leak"),
    *("initial_state", "dead_parameters"),
    *("alignment", "particles", "tag_scheme", "padding_labels", "special_labels", "forgetting"),
)


@dataclass(frozen=True)
class FitOptions:
    """How a run begins, and how much it says while it goes."""

    is_fresh: bool = False
    is_resume: bool = False
    is_quiet: bool = False


@dataclass(frozen=True)
class RunResult:
    """A finished run: its folder, scores and findings, and the lines to print."""

    folder: Path
    scores: Scores | None
    findings: tuple[Finding, ...]
    lines: tuple[str, ...]


def fit(loaded: LoadedSettings, out: Path, *, options: FitOptions) -> RunResult:
    """Go the whole road for these settings and leave a run folder.

    Raises:
        SeqwiseError: with its exit code, for anything that the user can mend.
    """
    run = RunFolder(out)
    run.claim(is_fresh=options.is_fresh, is_resume=options.is_resume)
    try:
        _fit(loaded, run, is_quiet=options.is_quiet)
        return finished(run, language=loaded.settings.runtime.lang)
    except OSError as error:
        raise InterruptedRunError(
            Problem(
                where=str(out), what=f"could not be written: {error}.", fix="Free some space, then go on with --resume."
            )
        ) from error
    finally:
        run.release()


def _fit(loaded: LoadedSettings, run: RunFolder, *, is_quiet: bool) -> None:
    settings, stations, task = loaded.settings, Stations(), task_of(loaded.settings)
    if task.settle is None:
        _refuse_other_settings(run, settings)
        if run.is_complete:
            return
    require_known(settings.checks.silence)
    with stations.station("read"):
        splits = task.read(settings.data, settings.runtime.seed)
    if task.settle is not None:
        loaded = replace(loaded, settings=task.settle(settings, splits))
        _refuse_other_settings(run, loaded.settings)
        if run.is_complete:
            return
    _refuse_changed_data(run, {facts.path: facts.sha256 for facts in splits.files})
    fit_splits(loaded, splits, run=run, stations=stations, is_quiet=is_quiet)


def fit_splits(loaded: LoadedSettings, splits: Material, *, run: RunFolder, stations: Stations, is_quiet: bool) -> None:
    """The road from rows that are read to the finished run folder."""
    settings, seed, language = loaded.settings, loaded.settings.runtime.seed, loaded.settings.runtime.lang
    task = task_of(settings)
    with stations.station("prepare"):
        checkpoint = checkpoint_of(settings.encoder)
        work = task.prepare(splits, settings, checkpoint, run.path.parent / CACHE)
    with stations.station("model"):
        built = fitting.build(task, work, settings=settings, checkpoint=checkpoint)
    environment = judging.environment_of(settings, work, built=built)
    # Here first: a fault in settings, data or checkpoint leaves no folder behind.
    run.write_text("settings.toml", to_toml(settings))
    run.write_json("environment.json", environment)
    start = gradient_probing.start_facts(settings, work, network=built.network)
    if not is_quiet:
        before = judging.evidence_before(loaded, work, built=built)
        before = replace(before, gradients=GradientEvidence(start=start))
        announce(run_checks(before, silence=settings.checks.silence, only=EARLY))
    with stations.station("train"):
        trained = fitting.run_training(task, work, settings=settings, built=built, run=run, is_quiet=is_quiet)
    with stations.station("evaluate"):
        scores = score_all(
            settings.task,
            trained.predictions,
            baselines=trained.baselines,
            settings=settings.evaluate,
            seed=seed,
            language=language,
        )
    with stations.station("seeds"):
        seeds = seed_facts(task, work, settings=settings, run=run, scores=scores, is_quiet=is_quiet)
    with stations.station("check"):
        evidence = judging.evidence_of(loaded, work, trained=trained, scores=scores)
        gradients = gradient_probing.evidence_of_gradients(
            start, settings, work=work, network=built.network, events=read_events(run.path / "events.jsonl")
        )
        evidence = replace(evidence, gradients=gradients)
        if evidence.series is not None:
            evidence = replace(evidence, series=replace(evidence.series, seeds=seeds))
        findings = run_checks(evidence, silence=settings.checks.silence)
    with stations.station("save"):
        judging.write_run(run, work, trained=trained, settings=settings, findings=findings, flows=gradients.flows)
    run.write_json("environment.json", {**environment, "stations": stations.costs})
    run.write_json("scores.json", scores.to_json())
    remove_steps(run.path / CHECKPOINTS)
    write_report(run.path, language=language)


def finished(run: RunFolder, *, language: Language) -> RunResult:
    """What a complete run folder says."""
    facts = read_run(run.path)
    return RunResult(
        folder=run.path,
        scores=facts.scores,
        findings=facts.findings,
        lines=tuple(summary_lines(facts, language=language)),
    )


def _refuse_other_settings(run: RunFolder, settings: Settings) -> None:
    path, text = run.path / "settings.toml", to_toml(settings)
    if path.exists() and path.read_text(encoding="utf-8") != text:
        raise UsageError(
            Problem(
                where=str(path),
                what="holds other settings than the ones given now, so resuming would mix two runs.",
                fix="Give the same settings, name another folder with --out, or begin anew with --fresh.",
            )
        )


def _refuse_changed_data(run: RunFolder, data: Mapping[str, str]) -> None:
    if not (run.path / "environment.json").exists():
        return
    before = run.read_json("environment.json")["data"]
    changed = changed_files(cast("Mapping[str, str]", before), data)
    if changed:
        raise UsageError(
            Problem(
                where=", ".join(changed),
                what="has changed since this run began.",
                fix="Put the old file back to resume, or begin anew with --fresh.",
            )
        )
