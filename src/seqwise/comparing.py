"""Runs compared: remedies for rare labels on the same seeds, several seeds of one settings file, finished runs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import cast

import numpy as np

from seqwise.answers import Answers
from seqwise.check.engine import run_checks
from seqwise.check.seed_variance import seed_interval
from seqwise.errors import Problem, UsageError
from seqwise.evaluate.comparisons import Change, changes, same_rows
from seqwise.evaluate.metrics import LOWER_IS_BETTER
from seqwise.evaluate.scores import paired_difference, tally
from seqwise.evaluate.uncertainty import mcnemar
from seqwise.records import Evidence, Finding, Interval, Language, Predictions, SplitScores
from seqwise.report.load import read_run
from seqwise.run_folder import RunFolder, changed_files
from seqwise.series_evidence import SeedFacts, SeriesEvidence
from seqwise.settings.heads import NumbersSettings, StepsSettings, TagsSettings, TextSettings
from seqwise.settings.reading import LoadedSettings, read_settings
from seqwise.settings.remedies import NONE, OF_LOSS, REMEDIES, overrides_of
from seqwise.settings.root import Settings
from seqwise.tasks.choice import task_of
from seqwise.tasks.tag import scheme_of
from seqwise.workflow import FitOptions, fit

COMPARED = "compare.json"
Told = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """What is trained: a settings file with changes, how often, where its runs lie, and who is told of each run."""

    path: Path
    changes: tuple[str, ...]
    n_seeds: int
    out: Path
    tell: Told

    def loaded(self, seed: int, remedy: str = "") -> LoadedSettings:
        """The settings of one run."""
        own = overrides_of(remedy) if remedy else []
        return read_settings(self.path, overrides=[*self.changes, *own, f"runtime.seed={seed}"])

    def folder(self, seed: int, remedy: str = "") -> Path:
        """``NAME-seedN``, or ``NAME-REMEDY-seedN``."""
        return self.out / "-".join(filter(None, [self.path.stem, remedy, f"seed{seed}"]))

    def seeds(self) -> range:
        """The seed of the settings, and those that follow it."""
        first = read_settings(self.path, overrides=self.changes).settings.runtime.seed
        return range(first, first + self.n_seeds)


@dataclass(frozen=True)
class ImbalanceComparison:
    """What each remedy gains and loses.

    Attributes:
        split: whose rows were scored.
        seeds: of the runs.
        counts: how often each label, or type of entity, is in the truth of these rows, of the first seed.
        scores: remedy to metric to its mean over seeds and its change against the remedy ``none``; those by label are
            ``entity_recall.LABEL`` and the like.
        skipped: remedies that the head cannot learn by.
        runs: folders.
    """

    split: str
    seeds: tuple[int, ...]
    counts: Mapping[str, int]
    scores: Mapping[str, Mapping[str, Change]]
    skipped: tuple[str, ...]
    runs: tuple[str, ...]


@dataclass(frozen=True)
class SeedComparison:
    """One settings file with several seeds.

    Attributes:
        split: whose rows were scored.
        metric: of the verdicts.
        values: of each seed.
        mean: over seeds, with Student's interval.
        baseline: the best ones.
        differences: of each seed from its best baseline, in favour of the model when positive.
        difference: their mean, with Student's interval.
        findings: of the check on seeds.
        runs: folders.
    """

    split: str
    metric: str
    values: Mapping[int, float]
    mean: Interval
    baseline: str
    differences: Mapping[int, float]
    difference: Interval
    findings: tuple[Finding, ...]
    runs: tuple[str, ...]


@dataclass(frozen=True)
class RunComparison:
    """A run beside the first one, on the same rows.

    Attributes:
        run: its folder.
        first: that of the run it is compared with.
        split: whose rows were scored.
        metric: of the first run's verdict, by the first run's settings.
        difference: in favour of the run when positive, with the paired interval.
        mcnemar: p of the exact test that both are right equally often; None where rows depend on each other, as words
            of a text and steps of a window do: the test is not made for such; and of texts and numbers, which are not
            right or wrong.
    """

    run: str
    first: str
    split: str
    metric: str
    difference: Interval
    mcnemar: float | None


def compare_remedies(plan: Plan) -> ImbalanceComparison:
    """Train the settings with each remedy on the same seeds, or take the runs that are there; ``compare.json`` is left.

    Raises:
        UsageError: if the series are numbers, or a run of that name has other settings or data.
    """
    head = plan.loaded(0).settings.head
    _refuse_numbers(plan, isinstance(head, NumbersSettings | TextSettings))
    is_chain = isinstance(head, TagsSettings | StepsSettings) and head.crf
    remedies = [name for name in REMEDIES if not (is_chain and name in OF_LOSS)]
    seeds = plan.seeds()
    systems = {name: [_predictions(_run(plan, seed, name)) for seed in seeds] for name in remedies}
    settings = plan.loaded(seeds[0]).settings
    scores = changes(systems, base=NONE, settings=settings.evaluate, seed=settings.runtime.seed)
    found = ImbalanceComparison(
        split=_split(plan.folder(seeds[0], NONE)),
        seeds=tuple(seeds),
        counts=_counts(systems[NONE][0]),
        scores=scores,
        skipped=tuple(name for name in REMEDIES if name not in remedies),
        runs=tuple(str(plan.folder(seed, name)) for name in remedies for seed in seeds),
    )
    RunFolder(plan.out).write_json(COMPARED, asdict(found))
    return found


def compare_seeds(plan: Plan, *, language: Language = "en") -> SeedComparison:
    """Train the settings with several seeds, or take the runs that are there; ``compare.json`` is left.

    The intervals are Student's over the seeds (see :func:`~seqwise.check.seed_variance.seed_interval`): seeds alone,
    with the held-out rows as they are.

    Raises:
        UsageError: if there is one seed only, or a run of that name has other settings or data.
    """
    seeds = plan.seeds()
    if len(seeds) < 2:
        raise UsageError(Problem("--seeds", "found 1; an interval over seeds needs 2 or more.", "Give --seeds 5."))
    folders = [_run(plan, seed) for seed in seeds]
    split = _split(folders[0])
    scores = [_scores(folder, split) for folder in folders]
    verdicts = [one.verdict for one in scores]
    metric, baseline = verdicts[0].metric, ", ".join(sorted({one.best_baseline for one in verdicts}))
    values = tuple(one.metrics[metric].value for one in scores)
    differences = tuple(one.difference for one in verdicts)
    facts = SeriesEvidence(seeds=SeedFacts(metric=metric, baseline=baseline, differences=differences))
    evidence = Evidence(task=plan.loaded(0).settings.task, language=language, series=facts)
    found = SeedComparison(
        split=split,
        metric=metric,
        values=dict(zip(seeds, values, strict=True)),
        mean=_mean(values),
        baseline=baseline,
        differences=dict(zip(seeds, differences, strict=True)),
        difference=_mean(differences),
        findings=run_checks(evidence, silence={}, only=("seed_variance",)) if baseline else (),
        runs=tuple(map(str, folders)),
    )
    RunFolder(plan.out).write_json(COMPARED, asdict(found))
    return found


def compare_runs(folders: Sequence[Path]) -> tuple[RunComparison, ...]:
    """Each run beside the first: paired, on the rows that all of them were scored on.

    Raises:
        UsageError: if a run is not finished, or has other data, other rows or other metrics than the first.
        MissingExtraError: if texts were written, and sacreBLEU is not installed.
    """
    first = folders[0]
    for folder in folders:
        _refuse_unfinished(folder)
    other = [folder for folder in folders if _hashes(folder) != _hashes(first)]
    if other:
        what = f"was made from other data than {first}: the hashes in environment.json differ."
        raise UsageError([Problem(str(folder), what, "Compare runs on the same files.") for folder in other])
    return tuple(_beside(first, folder) for folder in folders[1:])


def _beside(first: Path, folder: Path) -> RunComparison:
    split, settings = _split(first), read_settings(first / "settings.toml").settings
    before, system = (_answers(each, cut=settings.evaluate.bleu_words) for each in (first, folder))
    if not same_rows(before, system):
        what = f"was scored on other rows or labels of {split} than {first}."
        raise UsageError(Problem(str(folder), what, "Compare runs with the same splits: give files, or the same seed."))
    metric = _scores(first, split).verdict.metric
    tallies = [tally(one, clip=settings.evaluate.clip) for one in (system, before)]
    if metric not in tallies[0].values:
        what = f"has no {metric}, which the verdict of {first} is on."
        raise UsageError(Problem(str(folder), what, "Name a run first that is judged by what all of them have."))
    found = paired_difference(*tallies, metric=metric, settings=settings.evaluate, seed=settings.runtime.seed)
    if metric in LOWER_IS_BETTER:
        found = Interval(-found.value, -found.high, -found.low)
    return RunComparison(
        run=str(folder),
        first=str(first),
        split=split,
        metric=metric,
        difference=found,
        mcnemar=_mcnemar(system, before),
    )


def _mcnemar(system: Answers, other: Answers) -> float | None:
    if not (isinstance(system, Predictions) and isinstance(other, Predictions)):
        return None
    is_independent = system.tagged is None and system.horizons is None
    return mcnemar(system, other) if is_independent else None


def _run(plan: Plan, seed: int, remedy: str = "") -> Path:
    """The folder of a finished run: the one that is there, gone on with where it was stopped, or a new one."""
    folder, loaded = plan.folder(seed, remedy), plan.loaded(seed, remedy)
    run = RunFolder(folder)
    if run.is_complete:
        _refuse_changed(run, loaded.settings)
    plan.tell(f"{folder}: {'is there' if run.is_complete else 'goes on' if folder.exists() else 'begins'}")
    fit(loaded, folder, options=FitOptions(is_resume=True, is_quiet=True))
    return folder


def _refuse_changed(run: RunFolder, settings: Settings) -> None:
    """A finished run is taken as it is, so its data must be those of now."""
    now = {facts.path: facts.sha256 for facts in task_of(settings).read(settings.data, settings.runtime.seed).files}
    changed = changed_files(cast("Mapping[str, str]", run.read_json("environment.json")["data"]), now)
    if changed:
        what = f"has changed since {run.path} was made."
        raise UsageError(Problem(", ".join(changed), what, "Name another folder with --out."))


def _refuse_unfinished(folder: Path) -> None:
    run = read_run(folder)
    if run.scores is None:
        raise UsageError(Problem(str(folder), "has no scores yet.", "Finish it: seqwise fit … --resume"))


def _refuse_numbers(where: Plan | Path, is_numbers: bool) -> None:
    if is_numbers:
        name = str(where.path if isinstance(where, Plan) else where)
        what = "is of numbers or texts, which have no labels to compare by."
        raise UsageError(Problem(name, what, "Compare seeds: seqwise compare SETTINGS.toml --seeds 5"))


def _answers(folder: Path, *, cut: str) -> Answers:
    """Of the held-out rows; BLEU cuts the texts of all runs that are compared in the same way."""
    head = read_settings(folder / "settings.toml").settings.head
    if isinstance(head, TextSettings):
        return RunFolder(folder).read_texts(_split(folder), cut=cut)
    if isinstance(head, NumbersSettings):
        return RunFolder(folder).read_numbers(_split(folder))
    return _predictions(folder)


def _predictions(folder: Path) -> Predictions:
    split, settings, run = _split(folder), read_settings(folder / "settings.toml").settings, RunFolder(folder)
    found = run.read_predictions(split)
    _refuse_numbers(folder, found is None)
    assert found is not None
    scheme = scheme_of(found.labels, settings) if found.tagged is not None else None
    if scheme is None:
        return found
    entities = run.read_predictions(split, scheme=scheme)
    assert entities is not None
    return entities


def _split(folder: Path) -> str:
    """Test rows where there are some."""
    return "test" if "test" in _all_scores(folder) else "validation"


def _scores(folder: Path, split: str) -> SplitScores:
    return _all_scores(folder)[split]


def _all_scores(folder: Path) -> Mapping[str, SplitScores]:
    scores = read_run(folder).scores
    assert scores is not None
    return scores.splits


def _hashes(folder: Path) -> list[str]:
    data = RunFolder(folder).read_json("environment.json")["data"]
    return sorted(cast("Mapping[str, str]", data).values())


def _counts(system: Predictions) -> dict[str, int]:
    if system.tagged is not None and system.tagged.gold is not None:
        spans = [span.label for own in system.tagged.gold for span in own]
        return {label: spans.count(label) for label in sorted(set(spans))}
    assert system.truth is not None
    counts = np.bincount(system.truth, minlength=len(system.labels))
    return dict(zip(system.labels, counts.tolist(), strict=True))


def _mean(values: tuple[float, ...]) -> Interval:
    low, high = seed_interval(values)
    return Interval(float(np.mean(values)), low, high)
