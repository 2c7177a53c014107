"""The verb ``compare``: what is compared in; a table of scores with the change of each, or sentences, out."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seqwise.console import Changes, Manner, answer
from seqwise.errors import Problem, UsageError

if TYPE_CHECKING:
    from seqwise.comparing import ImbalanceComparison, RunComparison, SeedComparison
    from seqwise.evaluate.comparisons import Change
    from seqwise.records import Interval, Language

# Columns of the first table, those of them that there are.
HEADLINES = ("accuracy", "macro_f1", "entity_precision", "entity_recall", "entity_f1", "log_loss")
OF_LABELS = ("entity_recall", "entity_precision", "entity_f1")
# Labels that are printed, the rarest; compare.json has all.
MOST_LABELS = 12
CELL = 35
WORDS: "dict[Language, dict[str, str]]" = {
    "en": {
        "head": "{split}: mean of {n} seeds; change against none, with its interval over seeds and rows",
        "label": "{label} ({n:,} of {split})",
        "more": "{n} labels more are in {path}.",
        "skipped": "Not tried, since a CRF has no loss of single labels: {names}.",
        "seeds": "{split}, {metric} by seed; differences are from {baseline}, in favour of the model",
        "mean": "mean",
        "True": "{run} is better than {first} by {figures} in {metric} on {split}{p}.",
        "False": "{run} is NOT better than {first}: difference {figures} in {metric} on {split}{p}.",
    },
    "ko": {
        "head": "{split}: 시드 {n}개의 평균, none과의 차이와 그 구간(시드와 행)",
        "label": "{label} ({split} 중 {n:,}개)",
        "more": "레이블 {n}개가 더 {path}에 있습니다.",
        "skipped": "CRF에는 레이블 하나하나의 손실이 없어 시도하지 않음: {names}.",
        "seeds": "{split}, 시드별 {metric}; 차이는 {baseline}에 견준 것으로 모델에 유리하면 양수",
        "mean": "평균",
        "True": "{run}: {first}보다 {split}의 {metric}에서 {figures}만큼 낫습니다{p}.",
        "False": "{run}: {first}보다 낫다고 할 수 없습니다. {split}의 {metric} 차이 {figures}{p}.",
    },
}


def compare(
    context: typer.Context,
    targets: Annotated[list[Path], typer.Argument(metavar="SETTINGS|RUN...", help="Settings, or finished runs.")],
    *,
    is_imbalance: Annotated[
        bool, typer.Option("--imbalance", help="Try every remedy for rare labels. See: seqwise list remedies.")
    ] = False,
    seeds: Annotated[int, typer.Option(min=1, metavar="N", help="Seeds that the settings are trained with.")] = 5,
    out: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Of the runs; without it runs/<name>-compare.")
    ] = None,
    changes: Changes = None,
) -> None:
    """Compare seeds of one settings file, remedies for rare labels, or finished runs. Runs that are there are taken."""
    manner: Manner = context.obj
    word = WORDS[manner.spoken]
    if all(target.is_dir() for target in targets) and len(targets) > 1:
        _refuse_flags({"--imbalance": is_imbalance, "--out": out, "--set": changes})
        from seqwise.comparing import compare_runs

        runs = compare_runs(targets)
        lines = [line for one in runs for line in run_lines(one, word)]
        answer(manner, lines, json_object={"comparisons": [asdict(one) for one in runs]})
        return
    if len(targets) > 1 or targets[0].is_dir():
        what = "compares one settings file, or two finished runs and more."
        raise UsageError(Problem("seqwise compare", what, "For example: seqwise compare settings.toml --seeds 5"))
    from seqwise.comparing import Plan, compare_remedies, compare_seeds

    plan = Plan(
        path=targets[0],
        changes=tuple(changes or ()),
        n_seeds=seeds,
        out=out or Path("runs") / f"{targets[0].stem}-compare",
        tell=lambda line: typer.echo(line, err=True),
    )
    if is_imbalance:
        found = compare_remedies(plan)
        lines = [*remedy_lines(found, word), str(plan.out / "compare.json")]
    else:
        found = compare_seeds(plan, language=manner.spoken)
        lines = list(seed_lines(found, word))
    answer(manner, lines, json_object=asdict(found))


def remedy_lines(found: "ImbalanceComparison", word: dict[str, str]) -> Iterator[str]:
    """A table of the whole, then one for each label, the rarest first."""
    yield word["head"].format(split=found.split, n=len(found.seeds))
    scores = found.scores
    first = next(iter(scores.values()))
    yield from _table("", scores, {name: name for name in HEADLINES if name in first})
    rarest = [label for label in sorted(found.counts, key=lambda label: found.counts[label]) if found.counts[label]]
    for label in rarest[:MOST_LABELS]:
        columns = {f"{name}.{label}": name.removeprefix("entity_") for name in OF_LABELS}
        title = word["label"].format(label=label, n=found.counts[label], split=found.split)
        yield from _table(title, scores, {name: short for name, short in columns.items() if name in first})
    if len(rarest) > MOST_LABELS:
        yield word["more"].format(n=len(rarest) - MOST_LABELS, path="compare.json")
    if found.skipped:
        yield word["skipped"].format(names=", ".join(found.skipped))


def seed_lines(found: "SeedComparison", word: dict[str, str]) -> Iterator[str]:
    """A line a seed, then the mean with its interval, and whether the seeds agree."""
    yield word["seeds"].format(split=found.split, metric=found.metric, baseline=found.baseline or "-")
    for seed, value in found.values.items():
        yield f"  {seed:<6} {value:.4f}  {found.differences[seed]:+.4f}"
    yield f"  {word['mean']:<6} {_interval(found.mean)}  {_interval(found.difference, sign='+')}"
    for finding in found.findings:
        yield " ".join([f"{finding.title} [{' '.join(finding.ids)}].", finding.message, finding.fix]).rstrip()


def run_lines(found: "RunComparison", word: dict[str, str]) -> Iterator[str]:
    """One sentence."""
    p = "" if found.mcnemar is None else f" (McNemar p = {found.mcnemar:.2g})"
    yield word[str(found.difference.low > 0)].format(
        run=found.run,
        first=found.first,
        figures=_interval(found.difference),
        metric=found.metric,
        split=found.split,
        p=p,
    )


def _table(title: str, scores: "Mapping[str, Mapping[str, Change]]", columns: dict[str, str]) -> Iterator[str]:
    width = max(map(len, scores)) + 2
    if title:
        yield ""
        yield title
    yield (" " * width + "".join(f"{name:<{CELL}}" for name in columns.values())).rstrip()
    for remedy, values in scores.items():
        cells = [_cell(values[name], is_first=remedy == next(iter(scores))) for name in columns]
        yield (f"{remedy:<{width}}" + "".join(f"{cell:<{CELL}}" for cell in cells)).rstrip()


def _cell(change: "Change", *, is_first: bool) -> str:
    if is_first:
        return f"{change.value:.3f} [{change.low:.3f}, {change.high:.3f}]"
    low, high = change.difference_low, change.difference_high
    return f"{change.value:.3f} {change.difference:+.3f} [{low:+.3f}, {high:+.3f}]"


def _interval(found: "Interval", *, sign: str = "") -> str:
    return f"{found.value:{sign}.4f} [{found.low:{sign}.4f}, {found.high:{sign}.4f}]"


def _refuse_flags(given: dict[str, object]) -> None:
    problems = [
        Problem(flag, "goes with a settings file and not with finished runs.", "Leave it out.")
        for flag, value in given.items()
        if value
    ]
    if problems:
        raise UsageError(problems)
