"""A run of series that is tested on few windows in, what it is worth with other seeds out."""

import shutil
import sys

from seqwise import fitting
from seqwise.evaluate.scores import score_all
from seqwise.prepare.series_splits import blocks_of
from seqwise.records import Scores
from seqwise.run_folder import RunFolder
from seqwise.series_evidence import SeedFacts
from seqwise.settings.root import Settings
from seqwise.tasks.contract import TaskSpec, Work
from seqwise.tasks.forecast import SeriesWork

# From so many blocks on, chance in what is tested is less than most differences between models.
FEW_BLOCKS = 30
SEEDS_OF_FEW = 3
FOLDER = "seeds"


def n_seeds(work: Work, settings: Settings) -> int:
    """Trainings of a run: as the settings say, else three of series that are tested on few blocks, else one."""
    if not isinstance(work, SeriesWork):
        return 1
    if settings.evaluate.seeds:
        return settings.evaluate.seeds
    tested = list(work.windows.values())[-1]
    return SEEDS_OF_FEW if len(blocks_of(tested)) - 1 < FEW_BLOCKS else 1


def seed_facts(
    task: TaskSpec, work: Work, *, settings: Settings, run: RunFolder, scores: Scores, is_quiet: bool
) -> SeedFacts | None:
    """The differences from the best baseline by seed, that of the run itself first; None where there is one training.

    Windows, baselines and the baseline that is compared with are those of the run; first weights and the order of
    windows are others. What is trained here leaves nothing but these differences.
    """
    n, first = n_seeds(work, settings), settings.runtime.seed
    split = list(scores.splits)[-1]
    verdict = scores.splits[split].verdict
    if n < 2 or not verdict.best_baseline:
        return None
    differences = [verdict.difference]
    for seed in range(first + 1, first + n):
        if not is_quiet:
            sys.stderr.write(f"Few windows are tested: training again with seed {seed}, {first + n - seed} to go.\n")
        own = settings.model_copy(update={"runtime": settings.runtime.model_copy(update={"seed": seed})})
        folder = RunFolder(run.path / FOLDER / str(seed))
        folder.path.mkdir(parents=True, exist_ok=True)
        built = fitting.build(task, work, settings=own, checkpoint=None)
        trained = fitting.run_training(task, work, settings=own, built=built, run=folder, is_quiet=True)
        again = score_all(
            settings.task,
            trained.predictions,
            baselines=trained.baselines,
            settings=settings.evaluate,
            seed=first,
            language=settings.runtime.lang,
        )
        differences.append(again.splits[split].verdict.difference)
    shutil.rmtree(run.path / FOLDER, ignore_errors=True)
    return SeedFacts(metric=verdict.metric, baseline=verdict.best_baseline, differences=tuple(differences))
