"""A run folder in, ``report.html`` out: one page that needs no network, no server and no second file."""

import base64
import hashlib
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from seqwise.evaluate.metrics import LOWER_IS_BETTER
from seqwise.records import Language
from seqwise.report import figures, numbers
from seqwise.report.curves import best_baseline, curve, thinned
from seqwise.report.facts import RunFacts
from seqwise.report.gradient_figures import flow_figures
from seqwise.report.headlines import baseline_rows, headlines, token_accuracies
from seqwise.report.load import read_run
from seqwise.report.marked_text import hues, marked_text
from seqwise.report.reliability import reliability
from seqwise.report.sections import commands, flat, groups, plain, resume_command, stations
from seqwise.report.series_figures import N_STATE_COLORS, index_figures, period_figure, step_figures, track_figure
from seqwise.report.tables import MOST_LABELS_OF_TABLE, NOT_RANKED, class_table, confusion, score_table
from seqwise.report.translation_figures import attention_figures
from seqwise.report.words import metric_name, split_name, words

REPORT = "report.html"
HERE = Path(__file__).parent
# A longer text is cut on the page; its place says where the whole of it is.
LONGEST_TEXT = 1000


def write_report(folder: Path, *, language: Language | None = None) -> Path:
    """Write the report of a run into its folder, whole or not at all.

    Args:
        folder: a run folder, finished or interrupted.
        language: of the fixed words; None: that of the run's settings. Findings keep the language of their run.

    Returns:
        The path of the page.

    Raises:
        DataError: if the folder is not a run, or if one of its files is damaged.
        OSError: if the page cannot be written; an older page then stays as it was.
    """
    facts = read_run(folder)
    page = render(facts, language=language or facts.language)
    target = folder / REPORT
    beside = target.with_name(f"{REPORT}.unfinished")
    try:
        beside.write_text(page, encoding="utf-8")
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
    return target


def render(facts: RunFacts, *, language: Language) -> str:
    """The page as text; the same facts give the same bytes."""
    word = words(language, facts.wording)
    script = (HERE / "report.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
    template = _environment(word).get_template("template.html")
    return template.render(
        language=language,
        w=word,
        facts=facts,
        name=facts.folder.resolve().name,
        css=Markup((HERE / "report.css").read_text(encoding="utf-8")),
        js=Markup(script),
        # Only this script may run, whatever a text of a user holds, and nothing may be fetched.
        policy=f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'",
        **_scores(facts, word),
        **_training(facts, word, language),
        **_predictions(facts, word),
        **_tags(facts),
        **_series(facts, word),
        **_translation(facts, word),
        **_rest(facts, word),
    )


def _environment(word: Mapping[str, str]) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(_filters(word))
    return environment


def _filters(word: Mapping[str, str]) -> dict[str, Callable[..., str]]:
    """How the templates write numbers and names."""
    return {
        "score": numbers.score,
        "interval": numbers.interval,
        "count": numbers.count,
        "general": numbers.general,
        "p_value": numbers.p_value,
        "seconds": numbers.seconds,
        "bytes": numbers.n_bytes,
        "share": numbers.share,
        "plain": plain,
        "cut": _cut,
        "split_name": partial(split_name, word),
        "metric_name": partial(metric_name, word),
    }


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}…"


def _scores(facts: RunFacts, word: Mapping[str, str]) -> dict[str, object]:
    tables = [score_table(split, scores) for split, scores in facts.split_scores.items()]
    verdict_metrics = [scores.verdict.metric for scores in facts.split_scores.values()]
    drawn = [
        figures.interval_dots(table, metric, word=word) for table, metric in zip(tables, verdict_metrics, strict=True)
    ]
    return {
        "verdicts": headlines(facts, word),
        "baseline_rows": baseline_rows(facts, word),
        "token_accuracies": token_accuracies(facts, word),
        "score_tables": list(zip(tables, drawn, strict=True)),
        "lower_is_better": LOWER_IS_BETTER,
    }


def _training(facts: RunFacts, word: Mapping[str, str], language: Language) -> dict[str, object]:
    points, plan = curve(facts.steps), facts.details.plan
    return {
        "loss": figures.loss_curves(points, facts.evaluations, best=best_baseline(facts), word=word),
        "rates": figures.rate_curves(thinned(plan) if plan else (), points, plan=plan, word=word),
        "flows": flow_figures(facts.details.flows, language=language),
    }


def _predictions(facts: RunFacts, word: Mapping[str, str]) -> dict[str, object]:
    named = {split: facts.predictions[split] for split in _ordered(facts.predictions)}
    # Entities are judged as entities: who takes which part of one for which says nothing.
    is_confused = facts.wording != "entities"
    confusions = [confusion(split, predictions) for split, predictions in named.items() if is_confused]
    found = [
        reliability(split, predictions, calibrations=facts.details.calibration) for split, predictions in named.items()
    ]
    per_class = facts.details.per_class if is_confused else {}
    return {
        "per_class": [(split, per_class[split]) for split in _ordered(per_class)],
        "confusions": [one for one in confusions if one is not None],
        "reliabilities": [figures.reliability_diagram(one, word) for one in found if one is not None],
    }


def _tags(facts: RunFacts) -> dict[str, object]:
    tags = facts.details.tags
    if tags is None:
        return {"tags": None}
    return {
        "tags": tags,
        "tag_scores": [(split, tags.scores[split]) for split in _ordered(tags.scores)],
        "marked_texts": [marked_text(one) for one in tags.worst],
        "hues": hues(tags),
    }


def _series(facts: RunFacts, word: Mapping[str, str]) -> dict[str, object]:
    series = facts.details.series
    if series is None:
        return {"series": None}
    scores = [(split, series.scores[split]) for split in _ordered(series.scores)]
    return {
        "series": series,
        "series_scores": scores,
        "step_figures": [figure for split, _ in scores for figure in step_figures(series, split, word=word)],
        "period_figure": period_figure(series, word),
        "index_figures": index_figures(series, word),
        "track_figure": track_figure(series.track, word),
    }


def _translation(facts: RunFacts, word: Mapping[str, str]) -> dict[str, object]:
    found = facts.details.translation
    if found is None:
        return {"translation": None}
    split = split_name(word, found.split)
    gaps = [
        word["forced_gap"].format(
            split=split_name(word, name),
            free=numbers.score(scores.metrics["bleu"].value),
            forced=numbers.score(scores.metrics["forced_bleu"].value),
        )
        for name, scores in facts.split_scores.items()
    ]
    return {
        "translation": found,
        "forced_gaps": gaps,
        "attention_figures": attention_figures(found, word),
        "shown_translations": [
            (word["drawn_translations"].format(split=split), found.drawn),
            (word["worst_translations"].format(split=split), found.worst),
        ],
    }


def _ordered(splits: Iterable[str]) -> list[str]:
    return sorted(splits, key=lambda split: (split != "test", split != "validation", split))


def _rest(facts: RunFacts, word: Mapping[str, str]) -> dict[str, object]:
    return {
        "findings": groups(facts.findings),
        "class_table": class_table(facts),
        "stations": stations(facts.environment),
        "environment": flat(facts.environment),
        "commands": commands(facts),
        "resume": resume_command(facts),
        "section_words": {section: word[section] for section in sections(facts)},
        "not_ranked": NOT_RANKED,
        "n_state_colors": N_STATE_COLORS,
        "worst_splits": sorted({row.split for row in facts.details.worst}),
        "most_labels": MOST_LABELS_OF_TABLE,
    }


def sections(facts: RunFacts) -> tuple[str, ...]:
    """The anchors of the page of a run, in its order."""
    after = SECTIONS.index("scores") + 1
    series = facts.details.series
    if facts.task == "translate":
        left_out = (*OF_ROWS, *OF_LABELS)
        return (*SECTIONS[:after], "translations", *(one for one in SECTIONS[after:] if one not in left_out))
    if series is None:
        return (*SECTIONS[:after], *(["tags"] if facts.details.tags else []), *SECTIONS[after:])
    units = ["units"] if any(one.n_units > 1 for one in series.scores.values()) else []
    left_out = OF_ROWS if series.states else (*OF_ROWS, *OF_LABELS)
    rest = (section for section in SECTIONS[after:] if section not in left_out)
    return (*SECTIONS[:after], "steps", *units, "states" if series.states else "forecasts", *rest)


# Sections that a page of series does not have, and further ones that a page of numbers does not have.
OF_ROWS, OF_LABELS = ("worst",), ("confusion", "classes")
# Anchors of every page in its order; each is also the key of its heading in the words.
SECTIONS = (
    "verdict",
    "findings",
    "scores",
    "training",
    "confusion",
    "classes",
    "worst",
    "data",
    "settings",
    "environment",
    "reproduce",
)
