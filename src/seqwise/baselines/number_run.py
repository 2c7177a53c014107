"""All baselines of numbers of a run, fitted on the training windows and asked for every split."""

import time
from collections.abc import Mapping, Sequence

import numpy as np

from seqwise.baselines.folds import window_folds, windows_clear_of
from seqwise.baselines.members import build_number_baseline, number_spec
from seqwise.baselines.residual_quantiles import with_residual_quantiles
from seqwise.baselines.run import AnyBaseline, BaselineRun
from seqwise.records import Array
from seqwise.series_records import SeenWindows

# Training windows whose errors are looked at, drawn by seed: quantiles from 2 to 98 % have 20 of them outside.
MOST_WINDOWS = 1_000
FOLDS = 5


def run_number_baselines(
    names: Sequence[str], seen: Mapping[str, SeenWindows], *, targets: Array, levels: Sequence[float], seed: int
) -> BaselineRun:
    """Fit each baseline of numbers on the training windows, and ask it for every split.

    Training windows are told out of fold by a baseline with weights of them, and of others as many are told as their
    quantiles need.

    Args:
        names: keys of the table of baselines.
        seen: what is seen of the windows of each split.
        targets: of training, NaN where missing, shape (window, step, channel).
        levels: of the quantiles that stand around the points.
        seed: of whatever is random in a baseline.
    """
    fitted: dict[str, AnyBaseline] = {}
    seconds: dict[str, float] = {}
    points: dict[str, dict[str, Array]] = {}
    training = seen["train"]
    drawn = np.sort(np.random.default_rng(seed).permutation(len(targets))[:MOST_WINDOWS])
    for name in names:
        began = time.monotonic()
        own = build_number_baseline(name).fit(training, targets, seed=seed)
        points[name] = {split: own.forecast(windows) for split, windows in seen.items() if split != "train"}
        if number_spec(name).has_weights:
            points[name]["train"] = forecasts_out_of_fold(name, training, targets=targets, seed=seed)
            errors = targets - points[name]["train"]
        else:
            errors = targets[drawn] - own.forecast(training.where(drawn))
        fitted[name] = with_residual_quantiles(own, errors=errors, levels=levels)
        seconds[name] = round(time.monotonic() - began, 3)
    return BaselineRun({}, seconds=seconds, fitted=fitted, n_rows=len(targets), points=points)


def forecasts_out_of_fold(name: str, windows: SeenWindows, *, targets: Array, seed: int) -> Array:
    """What a baseline of numbers says of training windows when it has not learned from their targets.

    Args:
        name: of the baseline.
        windows: of training.
        targets: NaN where missing, shape (window, step, channel).
        seed: of the folds.

    Returns:
        Shape (window, step, channel). A fold beside which no window is left is told by a baseline of all windows.
    """
    found = np.empty(targets.shape)
    fold_of_window = window_folds(windows, folds=FOLDS, seed=seed)
    for fold in np.unique(fold_of_window).tolist():
        is_own = fold_of_window == fold
        is_other = windows_clear_of(windows, is_own)
        is_learned = is_other if is_other.any() else np.ones_like(is_own)
        baseline = build_number_baseline(name).fit(windows.where(is_learned), targets[is_learned], seed=seed)
        found[is_own] = baseline.forecast(windows.where(is_own))
    return found
