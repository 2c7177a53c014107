"""Predictions of a model and of its baselines in, scores with intervals and a verdict out."""

from collections.abc import Mapping

from seqwise.answers import Answers, Translations
from seqwise.evaluate.metrics import CLIP, LOWER_IS_BETTER, wilson
from seqwise.evaluate.number_tallies import number_tally
from seqwise.evaluate.tallies import Tally, tally_of
from seqwise.evaluate.translation_tallies import translation_tally
from seqwise.evaluate.uncertainty import NOTHING, Resampled, differing_rows, paired_interval, resample
from seqwise.records import Interval, Language, Scores, SplitScores, Verdict
from seqwise.series_records import Forecasts
from seqwise.settings.stations import EvaluateSettings

VALIDATION = "validation"
MODEL = ""


def score_all(
    task: str,
    predictions: Mapping[str, Answers],
    *,
    baselines: Mapping[str, Mapping[str, Answers]],
    settings: EvaluateSettings,
    seed: int,
    language: Language = "en",
) -> Scores:
    """Score every split; the baseline of the verdict is the one that is best on validation rows, if there are any."""
    chosen = ""
    if VALIDATION in predictions:
        chosen = best_baseline(baselines[VALIDATION], settings.verdict_on, clip=settings.clip)
    return Scores(
        task=task,
        splits={
            split: score_split(model, baselines[split], settings=settings, seed=seed, language=language, best=chosen)
            for split, model in predictions.items()
        },
    )


def score_split(
    model: Answers,
    baselines: Mapping[str, Answers],
    *,
    settings: EvaluateSettings,
    seed: int,
    language: Language = "en",
    best: str = "",
) -> SplitScores:
    """All metrics of the model and of every baseline on the same rows, and the verdict.

    Args:
        model: with truth.
        baselines: by name, on the same rows; with none the verdict says that the score stands alone.
        settings: metric of the verdict, draws, confidence and clipping.
        seed: of the draws.
        language: of the verdict's sentence.
        best: the baseline to compare with; empty: the best on these rows.
    """
    systems = {name: tally(one, clip=settings.clip) for name, one in {MODEL: model, **baselines}.items()}
    drawn = resample(list(systems.values()), n_draws=settings.samples, seed=seed)
    values = dict(zip(systems, drawn, strict=True))
    table = {name: intervals(tally, values[name], confidence=settings.confidence) for name, tally in systems.items()}
    chosen = best or best_baseline(baselines, settings.verdict_on, clip=settings.clip)
    n, counted = _counted(model, n_drawn=len(systems[MODEL].table), language=language)
    return SplitScores(
        n=n,
        metrics=table[MODEL],
        baselines={name: table[name] for name in baselines},
        verdict=_verdict(
            systems,
            values,
            chosen,
            settings=settings,
            language=language,
            counted=counted,
        ),
    )


def best_baseline(baselines: Mapping[str, Answers], metric: str, *, clip: float = CLIP) -> str:
    """The baseline that is best by this metric; empty when there are none."""
    return max(baselines, key=lambda name: _sign(metric) * metric_value(baselines[name], metric, clip=clip), default="")


def metric_value(system: Answers, metric: str, *, clip: float = CLIP) -> float:
    """A metric of predictions whose truth is known; ``clip`` is that of the log loss."""
    return tally(system, clip=clip).values[metric]


def tally(system: Answers, *, clip: float = CLIP) -> Tally:
    """The tally of answers whose truth is known; ``clip`` is that of the log loss."""
    if isinstance(system, Translations):
        return translation_tally(system)
    return number_tally(system) if isinstance(system, Forecasts) else tally_of(system, clip=clip)


def intervals(tally: Tally, drawn: Resampled, *, confidence: float) -> dict[str, Interval]:
    """Each metric with its interval: the percentiles of its draws, or Wilson's.

    Wilson's is that of a share of independent cases, and of a share of 0 or 1, whose draws have no width. An interval
    is widened to hold its value: the draws of ``ece`` may lie above it, since drawing rows adds noise to each bin.
    """
    found: dict[str, Interval] = {}
    for name, value in tally.values.items():
        low, high = drawn.interval(name, confidence)
        if name in tally.independent or (name in tally.sizes and value in (0.0, 1.0)):
            n = tally.sizes[name]
            low, high = wilson(round(value * n), n, confidence=confidence)
        found[name] = Interval(value=value, low=min(low, value), high=max(high, value))
    return found


def paired_difference(model: Tally, other: Tally, *, metric: str, settings: EvaluateSettings, seed: int) -> Interval:
    """How much larger a metric of a model is than that of another on the same rows, with the paired interval."""
    ours, theirs = resample([model, other], n_draws=settings.samples, seed=seed)
    draws = ours.values[metric] - theirs.values[metric]
    low, high = paired_interval(draws, settings.confidence, n_rows=_n_different(model, other, metric))
    return Interval(model.values[metric] - other.values[metric], low, high)


def _sign(metric: str) -> int:
    return -1 if metric in LOWER_IS_BETTER else 1


def _verdict(
    systems: Mapping[str, Tally],
    drawn: Mapping[str, Resampled],
    best: str,
    *,
    settings: EvaluateSettings,
    language: Language,
    counted: str,
) -> Verdict:
    metric = settings.verdict_on
    if not best:
        alone = _ALONE_KOREAN if language == "ko" else _ALONE
        return Verdict(metric, best, difference=0.0, low=0.0, high=0.0, better=False, sentence=alone)
    model, other = systems[MODEL], systems[best]
    difference = _sign(metric) * (model.values[metric] - other.values[metric])
    draws = _sign(metric) * (drawn[MODEL].values[metric] - drawn[best].values[metric])
    low, high = paired_interval(draws, settings.confidence, n_rows=_n_different(model, other, metric))
    words = _KOREAN if language == "ko" else _ENGLISH
    figures = _figures(difference, low=low, high=high)
    sentence = words[low > NOTHING].format(best=best, figures=figures, metric=metric, n=counted)
    return Verdict(
        metric=metric,
        best_baseline=best,
        difference=difference,
        low=low,
        high=high,
        better=low > NOTHING,
        sentence=sentence,
    )


def _n_different(model: Tally, other: Tally, metric: str) -> int:
    return int(differing_rows(model, other, metric=metric).sum())


def _figures(difference: float, *, low: float, high: float) -> str:
    """``difference [low, high]`` with three decimals, or as many as a low end above 0 needs to be seen."""
    digits = 3
    while low > NOTHING and round(low, digits) == 0:
        digits += 1
    written = [f"{round(value, digits) + 0.0:.{digits}f}" for value in (difference, low, high)]  # no -0.000
    return f"{written[0]} [{written[1]}, {written[2]}]"


def _counted(model: Answers, *, n_drawn: int, language: Language) -> tuple[int, str]:
    """How many rows are scored, and in words what was drawn of them."""
    if isinstance(model, Translations):
        return n_drawn, _COUNTED[language, "texts"].format(n=n_drawn)
    if model.horizons is not None:
        n = len(model.horizons)
        return n, _COUNTED[language, "windows"].format(n=n, n_drawn=n_drawn)
    drawn = "rows" if isinstance(model, Forecasts) or model.tagged is None else "texts"
    return n_drawn, _COUNTED[language, drawn].format(n=n_drawn)


# By language and what was drawn.
_COUNTED = {
    ("en", "rows"): "{n:,} rows",
    ("en", "texts"): "{n:,} texts",
    ("en", "windows"): "{n:,} windows in {n_drawn:,} blocks",
    ("ko", "rows"): "{n:,}행",
    ("ko", "texts"): "글 {n:,}개",
    ("ko", "windows"): "창 {n:,}개, 묶음 {n_drawn:,}개",
}
_ENGLISH = {
    True: "Better than {best} by {figures} in {metric} on {n}.",
    False: "NOT better than {best}: difference {figures} in {metric} on {n}.",
}
_ALONE = "No baseline stands beside this score, so nothing tells what it is worth."
_ALONE_KOREAN = "견줄 기준 모델이 없어 이 점수가 어느 만큼의 값인지 알 수 없습니다."
_KOREAN = {
    True: "{best}보다 {metric}에서 {figures}만큼 낫습니다({n}).",
    False: "{best}보다 낫다고 할 수 없습니다: {metric} 차이 {figures}({n}).",
}
