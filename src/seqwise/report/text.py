"""Facts of a run in, the few plain lines out that a terminal shows at its end."""

import unicodedata
from collections.abc import Mapping, Sequence

from seqwise.records import Interval, Language
from seqwise.report.facts import RunFacts
from seqwise.report.headlines import Headline, baseline_rows, headlines
from seqwise.report.numbers import count, interval, score
from seqwise.report.sections import groups, resume_command
from seqwise.report.tables import ScoreTable, score_table
from seqwise.report.words import metric_name, split_name, words

REPORT = "report.html"
# With the names in front, three scores with their intervals fill a line of 100 characters.
MOST_METRICS = 3
# The metrics that most people look for, after the one of the verdict.
USUAL = (
    *("entity_precision", "entity_recall", "accuracy", "macro_f1", "log_loss"),
    *("mae", "mse", "mase", "quantile_loss", "coverage"),
    *("chrf", "forced_bleu", "perplexity"),
)

Word = Mapping[str, str]


def summary_lines(facts: RunFacts, *, language: Language | None = None) -> list[str]:
    """Verdict of each split, scores beside the baselines, findings worth reading, and where the report is.

    Args:
        facts: a run, finished or not.
        language: None means that of the run's settings.

    Returns:
        Lines without colours, aligned for a terminal in which Korean letters take two places.
    """
    word = words(language or facts.language, facts.wording)
    lines = [line for one in headlines(facts, word) for line in _verdict(one, word)]
    lines = lines or [word["no_scores"], word["missing_fix"].format(command=resume_command(facts))]
    for split, scores in list(facts.split_scores.items())[:1]:
        lines += ["", *_scores(score_table(split, scores), word)]
        lines += [f"{told}." for told in [baseline_rows(facts, word)] if told]
    if "findings.json" not in facts.missing:
        lines += ["", *_findings(facts, word)]
    if (facts.folder / REPORT).exists():
        lines += ["", word["report_at"].format(path=facts.folder / REPORT)]
    return [_printable(line) for line in lines]


def _printable(line: str) -> str:
    """Without control characters: a label may hold the codes that repaint a terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in line)


def _verdict(one: Headline, word: Word) -> list[str]:
    rows = word["verdict_rows"].format(split=one.split_name, n=count(one.n))
    details = (one.difference, one.comparison, one.caution)
    return [f"{rows}. {one.sentence}", *(f"  {detail}" for detail in details if detail)]


def _scores(table: ScoreTable, word: Word) -> list[str]:
    """The scores of one split as columns: the metric of the verdict first."""
    wanted = [metric for metric in (*table.metrics[:1], *USUAL) if metric in table.metrics]
    metrics = list(dict.fromkeys(wanted))[:MOST_METRICS]
    places = [table.metrics.index(metric) for metric in metrics]
    grid = [[split_name(word, table.split), *(metric_name(word, metric) for metric in metrics)]]
    for row in table.rows:
        cells = [(row.cells[place].interval, row.cells[place].is_best) for place in places]
        grid.append([row.name or word["model"], *(_cell(one, is_best=is_best) for one, is_best in cells)])
    return _aligned(grid)


def _cell(one: Interval | None, *, is_best: bool) -> str:
    if one is None:
        return "–"
    return f"{score(one.value)} {interval(one)}{' *' if is_best else ''}"


def _aligned(grid: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(_width(row[column]) for row in grid) for column in range(len(grid[0]))]
    return ["  ".join(_padded(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in grid]


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))


def _width(text: str) -> int:
    """Places of a terminal that a text takes: Korean letters take two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def _findings(facts: RunFacts, word: Word) -> list[str]:
    found = groups(facts.findings)
    lines = [
        word["findings_count"].format(errors=found.n("error"), warnings=found.n("warning"), passed=len(found.passed))
    ]
    for finding in found.to_read:
        if finding.level == "info":
            continue
        lines.append(f"  {word[f'level_{finding.level}']} {' '.join(finding.ids)}: {finding.title}. {finding.message}")
        if finding.fix:
            lines.append(f"    {word['fix']}: {finding.fix}")
    return lines
