"""What a run does with new rows: predict any file or stream, evaluate labelled rows, write a competition file."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any, cast

import polars as pl
import pyarrow.parquet as pq

from seqwise.artefact import read_baselines
from seqwise.check.engine import run_checks
from seqwise.check.submission import check_submission
from seqwise.errors import DataError, Problem, UsageError
from seqwise.evaluate.scores import metric_value, score_split
from seqwise.predict import Predictor, load_predictor
from seqwise.read.answers import read_sample
from seqwise.read.asked import table_format
from seqwise.read.tables import Columns, stream_rows
from seqwise.read.tagged.writing import Target, write_tagged
from seqwise.records import Evidence, FileFacts, Finding, Predictions, Rows, Scores
from seqwise.run_folder import RunFolder
from seqwise.settings.root import Settings
from seqwise.settings.stations import DataSettings
from seqwise.tasks.contract import AnswerFiles

Writer = Callable[[Path, Iterable[pl.DataFrame]], int]
# A competition's rows are read in one block: they are put into the order of the sample, so all must be there.
ALL_AT_ONCE = 10**9
# Rows to predict that torch answers too, where a backend has answers of its own.
COMPARED = 256


@dataclass(frozen=True)
class PredictResult:
    """How many rows the answers have, and where they are; ``lines`` holds them when no file was named."""

    n_rows: int
    path: Path | None
    lines: tuple[str, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class EvaluateResult:
    """Scores of labelled rows, with every baseline of the run beside them."""

    scores: Scores
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()


def open_run(run: Path, *, backend: str = "") -> Predictor:
    """The model of a run, on this machine; ``backend`` as in :func:`seqwise.predict.load_predictor`.

    Raises:
        DataError: if the folder is not a complete run.
    """
    folder = RunFolder(run)
    if not folder.is_complete:
        raise DataError(
            Problem(
                where=str(run),
                what="is not a complete run, or one whose model forgot old labels and was not saved.",
                fix="Name the folder of a finished seqwise fit, or finish it with --resume.",
            )
        )
    return load_predictor(folder.model, backend=backend)


def predict(run: Path, source: str, *, out: Path | None, backend: str = "", steps: Sequence[str] = ()) -> PredictResult:
    """What a run says of every row of a file, or of standard input with ``-``.

    Memory does not grow with the file, unless it is of tagged text or is written as such.

    Args:
        run: the folder of a finished run.
        source: the file, or ``-``.
        out: the file to write, or None.
        backend: as in :func:`open_run`.
        steps: names of `seqwise.tasks.tag_steps.STEPS`, applied in this order to the entities that are told.

    Raises:
        UsageError: if ``out`` has an ending that the task does not write, or is the source itself, or a step is not
            known or not for this run.
        DataError: if the source is bad.
    """
    _refuse_own_input(out, source)
    predictor = open_run(run, backend=backend)
    files = predictor.task.files(predictor.artefact, steps)
    _require_ending(out, files)
    asked = predictor.task.asked(source, predictor.artefact.settings.data)
    first = list(islice(asked.blocks, 1))
    told = _first_beside_torch(run, predictor, first)
    answered = predictor.stream(chain(first, asked.blocks))
    if out is None:
        tables = [files.tables[".csv"](rows, found) for rows, found in answered]
        text = pl.concat(tables).write_csv() if tables else ""
        n_rows, lines = sum(table.height for table in tables), tuple(text.rstrip("\n").split("\n"))
        return PredictResult(n_rows=n_rows, path=None, lines=lines, notes=(*asked.notes(), *told, *files.notes()))
    beside = out.with_name(out.name + ".unfinished")
    try:
        n_rows, losses = _write(beside, answered, ending=out.suffix, files=files)
        beside.replace(out)
    finally:
        beside.unlink(missing_ok=True)
    lost = tuple(f"{out.name} loses {loss}" for loss in losses)
    return PredictResult(n_rows=n_rows, path=out, lines=(), notes=(*asked.notes(), *told, *files.notes(), *lost))


def evaluate(run: Path, source: Path, *, backend: str = "") -> EvaluateResult:
    """Scores of the run on labelled rows, the verdict against the baseline that was best on validation rows."""
    predictor = open_run(run, backend=backend)
    task, artefact, settings = predictor.task, predictor.artefact, predictor.artefact.settings
    rows, facts = task.labelled(str(source), artefact)
    model = task.judge(artefact, rows, predictor.predict(rows))
    beside: tuple[str, ...] = ()
    if isinstance(model, Predictions) and not predictor.backend.is_exact:
        beside = (_beside_torch(run, rows, model, backend=predictor.backend.name),)
    baselines = {
        name: task.beside(artefact, rows, model, baseline)
        for name, baseline in read_baselines(run / "baselines").items()
    }
    verdict = RunFolder(run).read_json("scores.json")
    best = verdict["splits"]["validation"]["verdict"]["best_baseline"]  # pyright: ignore[reportIndexIssue, reportArgumentType, reportCallIssue]
    score = score_split(
        model,
        baselines,
        settings=settings.evaluate,
        seed=settings.runtime.seed,
        language=settings.runtime.lang,
        best=str(best),
    )
    return EvaluateResult(
        scores=Scores(task=artefact.task, splits={source.name: score}),
        findings=_trained_on(run, facts, settings),
        notes=(*facts.notes, *beside),
    )


def _trained_on(run: Path, facts: FileFacts, settings: Settings) -> tuple[Finding, ...]:
    """GR-EVALONTRAIN where the file is the training file, by its content."""
    data = cast("Mapping[str, str]", RunFolder(run).read_json("environment.json")["data"])
    digest = data.get(settings.data.train, "")
    training = FileFacts(
        path=settings.data.train, sha256=digest, n_bytes=facts.n_bytes, n_rows=facts.n_rows, encoding=facts.encoding
    )
    evidence = Evidence(task=settings.task, language=settings.runtime.lang, files=(training, facts))
    return run_checks(evidence, silence=settings.checks.silence, only=("eval_on_train",))


def submit(run: Path, source: Path, *, sample: Path, out: Path) -> tuple[Finding, ...]:
    """Write a competition file like its sample: the same columns and ids in the same order, checked before writing.

    Raises:
        DataError: if the sample does not fit the model's labels, or an id of the sample has no row, or two.
        UsageError: if ``out`` is one of the files that are read.
    """
    _refuse_own_input(out, source, sample)
    predictor = open_run(run)
    settings = predictor.artefact.settings
    _require_labels(run, settings)
    table = read_sample(sample)
    key, *columns = table.columns
    rows = _unlabelled(source, Columns(text=settings.data.text, id=settings.data.id or key), settings.data)
    predictions = predictor.label(rows)
    wanted = [str(value) for value in table[key]]
    index = {row_id: number for number, row_id in enumerate(rows.ids)}
    _refuse_twice(source, rows)
    order = [index[row_id] for row_id in wanted if row_id in index]
    names = [label for label in columns if label in predictions.labels]
    chosen = predictions.probabilities[order][:, [predictions.labels.index(name) for name in names]]
    findings = check_submission(
        table.columns,
        wanted,
        ids=[rows.ids[number] for number in order],
        columns=names,
        probabilities=chosen,
        language=settings.runtime.lang,
    )
    faults = [finding for finding in findings if finding.level == "error"]
    if faults:
        raise DataError([Problem(where=str(sample), what=fault.message, fix=fault.fix) for fault in faults])
    result = pl.DataFrame(
        {key: [rows.ids[number] for number in order]} | {name: chosen[:, i] for i, name in enumerate(names)}
    )
    beside = out.with_name(out.name + ".unfinished")
    result.write_csv(beside)
    beside.replace(out)
    return tuple(findings)


def _refuse_own_input(out: Path | None, *sources: str | Path) -> None:
    if out is not None and out.exists() and any(Path(source).exists() and out.samefile(source) for source in sources):
        raise UsageError(
            Problem(where=f"--out {out}", what="is a file that is read here.", fix="Name another file with --out.")
        )


def _refuse_twice(source: Path, rows: Rows) -> None:
    twice = [row_id for row_id, times in Counter(rows.ids).items() if times > 1]
    if twice:
        shown = ", ".join(twice[:5])
        raise DataError(
            Problem(
                where=str(source),
                what=f"{len(twice):,} ids stand on more than one row, for example {shown}.",
                fix="Keep one row of each id, so that it is clear which answer is submitted.",
            )
        )


def _unlabelled(source: Path, columns: Columns, data: DataSettings) -> Rows:
    format_ = table_format(str(source), data)
    return next(stream_rows(source, columns, format=format_, encoding=data.encoding, block=ALL_AT_ONCE))


def _require_labels(run: Path, settings: Settings) -> None:
    if settings.task != "classify":
        what = f"is a run of the task {settings.task}; a competition file has a row of probabilities for each text."
        raise UsageError(Problem(where=str(run), what=what, fix=f"Use: seqwise predict {run} INPUT --out FILE"))


def _first_beside_torch(run: Path, predictor: Predictor, blocks: Iterable[Rows]) -> tuple[str, ...]:
    """What is told of the first rows where a backend's answers are its own; nothing where they are torch's."""
    if predictor.backend.is_exact:
        return ()
    first = [rows.take(range(min(COMPARED, len(rows)))) for rows in blocks if len(rows)]
    return tuple(_beside_torch(run, rows, predictor.label(rows), backend=predictor.backend.name) for rows in first)


def _beside_torch(run: Path, rows: Rows, found: Predictions, *, backend: str) -> str:
    """A backend's answers beside those of torch: how many labels are the same, and both scores where truth is known."""
    torch = open_run(run, backend="torch")
    exact = torch.label(rows)
    n_same = int((found.predicted == exact.predicted).sum())
    which = "these" if found.truth is not None else "the first"
    told = f"backend {backend} gives {n_same:,} of {which} {len(exact.ids):,} rows the label that torch gives"
    if found.truth is None:
        return f"{told}; seqwise evaluate scores both on labelled rows"
    judged = torch.task.judge(torch.artefact, rows, exact)
    has_entities = found.tagged is not None and found.tagged.gold is not None
    pairs = [
        f"{name.replace('_', ' ')} {metric_value(found, name):.4f}, torch's {metric_value(judged, name):.4f}"
        for name in ("log_loss", "entity_f1" if has_entities else "accuracy")
    ]
    return "; ".join((told, *pairs))


def _require_ending(out: Path | None, files: AnswerFiles) -> None:
    if out is not None and out.suffix not in files.endings:
        what = f'found "{out}"; known endings: {", ".join(files.endings)}.'
        raise UsageError(Problem(where="--out", what=what, fix="Choose one of them."))


def _write(
    path: Path, answered: Iterator[tuple[Any, Any]], *, ending: str, files: AnswerFiles
) -> tuple[int, tuple[str, ...]]:
    """Write answers as the ending says; returns the rows that were written, and what the format cannot hold of them."""
    if files.annotated is not None and ending in files.formats:
        whole = files.annotated(answered)
        return len(whole), write_tagged(whole, path, target=Target(files.formats[ending]))
    writers: dict[str, Writer] = {
        ".csv": _write_csv,
        ".jsonl": _write_jsonl,
        ".parquet": _write_parquet,
        ".txt": _write_lines,
    }
    return writers[ending](path, (files.tables[ending](rows, found) for rows, found in answered)), ()


def _write_csv(path: Path, tables: Iterable[pl.DataFrame]) -> int:
    n_rows = 0
    with path.open("wb") as file:
        for number, table in enumerate(tables):
            table.write_csv(file, include_header=number == 0)
            n_rows += table.height
    return n_rows


def _write_lines(path: Path, tables: Iterable[pl.DataFrame]) -> int:
    """A prediction a line, line breaks inside written as blanks."""
    n_rows = 0
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for table in tables:
            file.writelines(" ".join(text.splitlines()) + "\n" for text in table["prediction"])
            n_rows += table.height
    return n_rows


def _write_jsonl(path: Path, tables: Iterable[pl.DataFrame]) -> int:
    n_rows = 0
    with path.open("wb") as file:
        for table in tables:
            table.write_ndjson(file)
            n_rows += table.height
    return n_rows


def _write_parquet(path: Path, tables: Iterable[pl.DataFrame]) -> int:
    n_rows, writer = 0, None
    for table in tables:
        block = table.to_arrow()
        if writer is None:
            writer = pq.ParquetWriter(path, block.schema)
        writer.write_table(block)
        n_rows += table.height
    if writer is not None:
        writer.close()
    return n_rows
