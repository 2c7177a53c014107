"""Predictions of a model and of its baselines in, scores with intervals and a verdict out."""

from collections.abc import Mapping

from seqwise.evaluate.metrics import METRICS, log_loss, wilson
from seqwise.evaluate.uncertainty import Resampled, percentile_interval, resample
from seqwise.records import Interval, Language, Predictions, Scores, SplitScores, Verdict
from seqwise.settings.stations import EvaluateSettings

VALIDATION = "validation"
Table = dict[str, dict[str, Interval]]
MODEL = ""
# Two equal systems differ by rounding alone; a difference of this size is none.
NOTHING = 1e-9


def score_all(
    task: str,
    predictions: Mapping[str, Predictions],
    *,
    baselines: Mapping[str, Mapping[str, Predictions]],
    settings: EvaluateSettings,
    seed: int,
    language: Language = "en",
) -> Scores:
    """Score every split; the baseline of the verdict is the one that is best on validation rows, if there are any."""
    chosen = best_baseline(baselines[VALIDATION], settings) if VALIDATION in predictions else ""
    return Scores(
        task=task,
        splits={
            split: score_split(model, baselines[split], settings=settings, seed=seed, language=language, best=chosen)
            for split, model in predictions.items()
        },
    )


def score_split(
    model: Predictions,
    baselines: Mapping[str, Predictions],
    *,
    settings: EvaluateSettings,
    seed: int,
    language: Language = "en",
    best: str = "",
) -> SplitScores:
    """All metrics of the model and of every baseline on the same rows, and the verdict.

    Args:
        model: with truth.
        baselines: by name, on the same rows; at least one.
        settings: metric of the verdict, draws, confidence and clipping.
        seed: of the draws.
        language: of the verdict's sentence.
        best: the baseline to compare with; empty: the best on these rows.
    """
    systems = {MODEL: model, **baselines}
    drawn = dict(
        zip(
            systems,
            resample(list(systems.values()), n_draws=settings.samples, seed=seed, clip=settings.clip),
            strict=True,
        )
    )
    table = {name: _intervals(system, drawn[name], settings) for name, system in systems.items()}
    chosen = best or best_baseline(baselines, settings)
    return SplitScores(
        n=len(model.ids),
        metrics=table[MODEL],
        baselines={name: table[name] for name in baselines},
        verdict=_verdict(table, drawn, chosen, settings=settings, n_rows=len(model.ids), language=language),
    )


def best_baseline(baselines: Mapping[str, Predictions], settings: EvaluateSettings) -> str:
    """The baseline that is best by the metric of the verdict."""
    sign = 1 if METRICS[settings.verdict_on].higher_is_better else -1
    return max(baselines, key=lambda name: sign * _value(baselines[name], settings.verdict_on, settings))


def _intervals(system: Predictions, drawn: Resampled, settings: EvaluateSettings) -> dict[str, Interval]:
    intervals: dict[str, Interval] = {}
    for name in METRICS:
        value = _value(system, name, settings)
        low, high = drawn.interval(name, settings.confidence)
        if name == "accuracy":  # a bootstrap of 0 or 100 % has no width; Wilson's interval has
            low, high = wilson(round(value * len(system.ids)), len(system.ids), confidence=settings.confidence)
        intervals[name] = Interval(value=value, low=low, high=high)
    return intervals


def _value(system: Predictions, metric: str, settings: EvaluateSettings) -> float:
    assert system.truth is not None
    if metric == "log_loss":
        return log_loss(system.truth, system.probabilities, clip=settings.clip)
    return METRICS[metric].function(system.truth, system.probabilities)


def _verdict(
    table: Table,
    drawn: Mapping[str, Resampled],
    best: str,
    *,
    settings: EvaluateSettings,
    n_rows: int,
    language: Language,
) -> Verdict:
    metric = settings.verdict_on
    sign = 1 if METRICS[metric].higher_is_better else -1
    difference = sign * (table[MODEL][metric].value - table[best][metric].value)
    draws = sign * (drawn[MODEL].values[metric] - drawn[best].values[metric])
    low, high = percentile_interval(draws, settings.confidence)
    figures = f"{_rounded(difference)} [{_rounded(low)}, {_rounded(high)}]"
    words = _KOREAN if language == "ko" else _ENGLISH
    sentence = words[low > NOTHING].format(best=best, figures=figures, metric=metric, n=n_rows)
    return Verdict(
        metric=metric,
        best_baseline=best,
        difference=difference,
        low=low,
        high=high,
        better=low > NOTHING,
        sentence=sentence,
    )


def _rounded(value: float) -> str:
    return f"{round(value, 3) + 0.0:.3f}"  # adding 0 turns -0.000 into 0.000


_ENGLISH = {
    True: "Better than {best} by {figures} in {metric} on {n:,} rows.",
    False: "NOT better than {best}: difference {figures} in {metric} on {n:,} rows.",
}
_KOREAN = {
    True: "{best}보다 {metric}에서 {figures}만큼 낫습니다({n:,}행).",
    False: "{best}보다 낫다고 할 수 없습니다: {metric} 차이 {figures}({n:,}행).",
}
