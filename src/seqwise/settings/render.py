"""The name of a task in, a settings file for it out: filled in, with every key's meaning and range as a comment."""

from collections.abc import Iterator

from pydantic import BaseModel

from seqwise.settings import schema as shape
from seqwise.settings.root import Settings
from seqwise.settings.task_defaults import with_task_defaults
from seqwise.settings.writing import toml_value

HEADER = """\
# Settings of seqwise for the task {task}. Every key is here with its default; delete what you do not change.
# Train with:  seqwise fit THIS_FILE
# The file is checked before any data is read: seqwise check THIS_FILE
"""
# What must be named; the rest is found out, or has a default.
EXAMPLE_DATA = {
    "classify": {"train": "train.csv"},
    "tag": {"train": "train.csv"},
    "forecast": {"train": "train.csv", "time": "time"},
    "translate": {"train": "train.{de,en}"},
}


def example_settings(task: str) -> str:
    """A settings file for a task that can be used as soon as ``data.train`` names a file.

    Raises:
        pydantic.ValidationError: if there is no such task; ask the table of tasks first.
    """
    settings = Settings.model_validate(
        with_task_defaults({"task": task, "data": EXAMPLE_DATA[task], "encoder": {"name": "recurrent"}})
    )
    lines = [HEADER.format(task=task), f"task = {toml_value(task)}"]
    for name, station in shape.keys(shape.root()).items():
        value = dict(settings)[name]
        if isinstance(value, BaseModel):
            lines += ["", *_table(name, value, station)]
    return "\n".join(lines) + "\n"


def _table(path: str, model: BaseModel, schema: shape.Schema) -> Iterator[str]:
    """The lines of one table, the tables inside it last."""
    chosen = dict(model)
    members = shape.members(schema)
    if members:
        yield f"# One of: {', '.join(members)}. seqwise list {path.rpartition('.')[2]}s says what they are."
        schema = members[str(chosen["name"])]
    yield f"# {schema['description']}"
    yield f"[{path}]"
    keys = shape.keys(schema)
    inner = [name for name in keys if isinstance(chosen[name], BaseModel | dict)]
    for name in keys:
        if name not in inner:
            yield from _key(name, chosen[name], keys[name])
    for name in inner:
        yield ""
        value = chosen[name]
        if isinstance(value, BaseModel):
            yield from _table(f"{path}.{name}", value, keys[name])
        else:
            yield from (f"# [{path}.{name}]", f"# {keys[name]['description']}")


def _key(name: str, value: object, schema: shape.Schema) -> Iterator[str]:
    if "const" in schema:
        yield f"{name} = {toml_value(value)}"
        return
    about = schema.get("description", "")
    # Of text and truth the value itself shows what is allowed.
    is_plain = schema.get("type") in {"string", "boolean"} and "enum" not in schema
    yield f"# {about}" if is_plain else f"# {about} ({shape.allowed(schema)})"
    yield f"# {name} =" if value is None else f"{name} = {toml_value(value)}"
