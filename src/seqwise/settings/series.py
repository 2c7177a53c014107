"""Settings with ``auto`` and what a table of series holds in, settings in which nothing is left open out."""

from seqwise.errors import Problem, UsageError
from seqwise.settings.names import BASELINES, METRICS_OF_KIND
from seqwise.settings.root import Settings

AUTO = "auto"


def settled(settings: Settings, states: tuple[str, ...]) -> Settings:
    """The settings of a task of series, with kind, labels, baselines and metrics as its table needs them.

    Args:
        settings: with ``auto``, or without.
        states: of the table; () where it holds numbers.

    Raises:
        UsageError: if a metric or a baseline is not for such series.
    """
    kind = "states" if states else "numbers"
    metrics = METRICS_OF_KIND[kind]
    data, training, evaluate = settings.data, settings.training, settings.evaluate
    stop_on = metrics[0] if training.stop_on == AUTO else training.stop_on
    verdict_on = metrics[0] if evaluate.verdict_on == AUTO else evaluate.verdict_on
    problems = [
        Problem(key, f'found "{metric}"; series of {kind} have {", ".join(metrics)}.', "Leave it out.")
        for key, metric in (("training.stop_on", stop_on), ("evaluate.verdict_on", verdict_on))
        if metric not in metrics
    ]
    if problems:
        raise UsageError(problems)
    return settings.model_copy(
        update={
            "data": data.model_copy(update={"kind": kind, "labels": states}),
            "training": training.model_copy(update={"stop_on": stop_on}),
            "evaluate": evaluate.model_copy(
                update={"verdict_on": verdict_on, "baselines": evaluate.baselines or BASELINES["forecast"]}
            ),
        }
    )
