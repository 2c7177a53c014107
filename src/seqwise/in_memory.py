"""The road from rows in memory: a run folder that may be a temporary one, and what the estimators keep of it."""

import tempfile
from pathlib import Path

from seqwise import workflow
from seqwise.predict import Predictor, load_predictor
from seqwise.run_folder import RunFolder
from seqwise.settings.reading import LoadedSettings
from seqwise.stations import Stations
from seqwise.tasks.contract import Material
from seqwise.workflow import RunResult


def train_in_memory(loaded: LoadedSettings, splits: Material, *, folder: str | None) -> tuple[Predictor, RunResult]:
    """Go the road with what is in memory.

    Args:
        loaded: settings, nothing left open.
        splits: what the task reads.
        folder: where the run stays; None: nowhere.

    Returns:
        The model, ready to answer, and scores and findings.
    """
    with tempfile.TemporaryDirectory() as temporary:
        run = RunFolder(Path(folder or Path(temporary) / "run"))
        run.claim(is_fresh=False, is_resume=False)
        try:
            workflow.fit_splits(loaded, splits, run=run, stations=Stations(), is_quiet=True)
        finally:
            run.release()
        result = workflow.finished(run, language=loaded.settings.runtime.lang)
        return load_predictor(run.model), result
