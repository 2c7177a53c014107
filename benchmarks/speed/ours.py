"""Our own training loop, one update at a time."""

from collections.abc import Callable
from pathlib import Path
from tempfile import mkdtemp

from stepped import SteppedTraining, Update

from seqwise.fitting import Built
from seqwise.settings.root import Settings
from seqwise.train.loop import Assessment, Course, train
from seqwise.train.optimizer import MasterAdamW
from seqwise.train.plan import build_schedule
from seqwise.train.progress import Pace, Progress


class Pausing(Progress):
    """Stands where the live line stands, and hands over after each update."""

    def __init__(self, built: Built, pause: Callable[[Update], None]) -> None:
        super().__init__(yardstick=None, is_quiet=True)
        self._batches, self._pause = built.batches, pause
        self._lengths = built.batches.examples.tokens.lengths
        self._n_before = 0
        self._epoch, self._updates = 0, built.batches.updates(0)

    def update(self, pace: Pace) -> None:
        """Count the rows and tokens of the update, which are a function of its number."""
        if pace.step > self._n_before + len(self._updates):
            self._n_before, self._epoch = self._n_before + len(self._updates), self._epoch + 1
            self._updates = self._batches.updates(self._epoch)
        parts = self._updates[pace.step - self._n_before - 1]
        n_tokens = sum(int(self._lengths[rows].sum()) for rows in parts)
        self._pause(Update(n_rows=sum(len(rows) for rows in parts), n_tokens=n_tokens, loss=pace.loss))


def our_training(built: Built, settings: Settings) -> SteppedTraining:
    """The whole loop as ``seqwise fit`` runs it, with its log; only evaluations say nothing."""
    training = settings.training
    course = Course(
        network=built.network,
        batches=built.batches,
        optimizer=MasterAdamW(built.network.named_parameters(), built.network.depths(), settings=training),
        schedule=build_schedule(
            training.schedule, learning_rate=training.learning_rate, n_updates=built.plan.n_updates
        ),
        settings=training,
        seed=settings.runtime.seed,
        n_updates=built.plan.n_updates,
        assess=lambda: Assessment(loss=0.0, metric=0.0),
        is_higher_better=False,
        device=built.machine.device,
        folder=Path(mkdtemp(prefix="seqwise-speed-")),
    )
    return SteppedTraining(lambda pause: _train(course, Pausing(built, pause)))


def _train(course: Course, progress: Progress) -> None:
    train(course, progress=progress)
