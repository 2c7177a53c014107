"""Settings with ``auto`` and what a table of series holds in, settings in which nothing is left open out."""

from collections.abc import Iterator

from seqwise.errors import Problem, UsageError, did_you_mean
from seqwise.settings.heads import HeadSettings, NumbersSettings, StepsSettings
from seqwise.settings.names import BASELINES, METRICS_OF_KIND, NUMBER_BASELINES
from seqwise.settings.root import Settings

AUTO = "auto"
ALL_OF_KIND = {"states": BASELINES["forecast"], "numbers": NUMBER_BASELINES}
# Those that need no extra package and no fit for each window.
OF_KIND = {"states": BASELINES["forecast"], "numbers": ("naive", "seasonal_naive", "drift", "mean", "linear")}


def settled(settings: Settings, states: tuple[str, ...]) -> Settings:
    """The settings of a task of series, with kind, labels, baselines and metrics as its table needs them.

    Args:
        settings: with ``auto``, or without.
        states: of the table; () where it holds numbers.

    Raises:
        UsageError: if a metric or a baseline is not for such series.
    """
    kind = "states" if states else "numbers"
    metrics, known = METRICS_OF_KIND[kind], ALL_OF_KIND[kind]
    data, training, evaluate = settings.data, settings.training, settings.evaluate
    stop_on = metrics[0] if training.stop_on == AUTO else training.stop_on
    verdict_on = metrics[0] if evaluate.verdict_on == AUTO else evaluate.verdict_on
    head = NumbersSettings() if kind == "numbers" and settings.head == StepsSettings() else settings.head
    problems = [*_faults_of_head(head, kind)]
    problems += [
        Problem(
            "evaluate.baselines",
            f'found "{name}"; series of {kind} have {", ".join(known)}.',
            did_you_mean(name, known),
        )
        for name in (*evaluate.baselines, *filter(None, [head.stand_on]))
        if name not in known
    ]
    problems += [
        Problem(key, f'found "{metric}"; series of {kind} have {", ".join(metrics)}.', "Leave it out.")
        for key, metric in (("training.stop_on", stop_on), ("evaluate.verdict_on", verdict_on))
        if metric not in metrics
    ]
    if problems:
        raise UsageError(problems)
    return settings.model_copy(
        update={
            "head": head,
            "data": data.model_copy(update={"kind": kind, "labels": states}),
            "training": training.model_copy(update={"stop_on": stop_on}),
            "evaluate": evaluate.model_copy(
                update={"verdict_on": verdict_on, "baselines": evaluate.baselines or OF_KIND[kind]}
            ),
        }
    )


def _faults_of_head(head: HeadSettings, kind: str) -> Iterator[Problem]:
    if isinstance(head, NumbersSettings) != (kind == "numbers"):
        fix = 'Write "numbers".' if kind == "numbers" else 'Write "steps" or "decoder".'
        yield Problem("head.name", f'found "{head.name}"; these series are of {kind}.', fix)
