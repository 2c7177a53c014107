"""Settings in, the task that does what they say out: by its name, and of ``classify`` by what its files hold."""

from typing import cast

from seqwise import catalog
from seqwise.settings.names import holds_images
from seqwise.settings.root import Settings
from seqwise.tasks import TASKS
from seqwise.tasks.contract import TaskSpec
from seqwise.tasks.images import OF_IMAGES


def task_of(settings: Settings) -> TaskSpec:
    """The task of these settings."""
    if settings.task == "classify" and holds_images(settings.data.format, settings.data.train):
        return OF_IMAGES
    return cast("TaskSpec", catalog.load("seqwise.tasks", settings.task, constant="TASK", table=TASKS))
