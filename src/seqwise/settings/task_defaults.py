"""What a task takes where its file says nothing, above the defaults of the tables themselves."""

from collections.abc import Mapping
from typing import cast

from seqwise.settings.names import HEAD_OF_TASK, IMAGE_BASELINES, holds_images

Tables = Mapping[str, object]
# The formats in which each word has a tag of its own, not a part of an entity.
OWN_TAGS = (".conllu", ".conllu.gz")

FORECAST: dict[str, Tables] = {
    "data": {"text": "", "label": "", "split": "time", "validation": 0.15, "test": 0.15},
    "head": {"name": HEAD_OF_TASK["forecast"][0]},
    "training": {"epochs": 30, "patience": 4, "stop_on": "auto"},
    "evaluate": {"baselines": (), "verdict_on": "auto"},
}

TRANSLATE: dict[str, Tables] = {
    "data": {"text": "source", "label": "target", "split": "random"},
    "prepare": {"tokens": "subword", "max_size": 6000},
    "head": {"name": HEAD_OF_TASK["translate"][0]},
    "training": {"epochs": 10, "stop_on": "perplexity", "label_smoothing": 0.1},
    "evaluate": {"baselines": ("copy_source", "translation_memory", "word_by_word"), "verdict_on": "bleu"},
}
OF_TASK = {"forecast": FORECAST, "translate": TRANSLATE}


IMAGES: dict[str, Tables] = {
    "data": {"text": "", "label": ""},
    "head": {"name": HEAD_OF_TASK["classify"][0]},
    "evaluate": {"baselines": IMAGE_BASELINES},
}


def with_task_defaults(tables: Tables) -> dict[str, object]:
    """The tables with what their task brings; a table that is no mapping is left as it is, to be told as a fault."""
    filled = dict(tables)
    for name, brought in _brought(tables).items():
        given = tables.get(name, {})
        if isinstance(given, Mapping):
            filled[name] = {**brought, **cast("Tables", given)}
    return filled


def _brought(tables: Tables) -> dict[str, Tables]:
    task, data = tables.get("task"), _table(tables, "data")
    if task in OF_TASK:
        return OF_TASK[str(task)]
    if task == "classify" and holds_images(str(data.get("format", "auto")), str(data.get("train", ""))):
        return IMAGES
    if task != "tag":
        return {"head": {"name": HEAD_OF_TASK["classify"][0]}}
    metric = "accuracy" if _words_have_own_tags(_table(tables, "data")) else "entity_f1"
    baselines = ("majority", "unit_tag", "surface", *(["dictionary"] if metric == "entity_f1" else []))
    encoder = {"pooling": "mean"} if _table(tables, "encoder").get("name") == "bert" else {}
    return {
        "data": {"text": "", "label": "", "split": "random"},
        "encoder": encoder,  # nothing reads the vector of a whole text
        "head": {"name": HEAD_OF_TASK["tag"][0]},
        "evaluate": {"baselines": baselines, "verdict_on": metric},
    }


def _words_have_own_tags(data: Tables) -> bool:
    scheme, format_ = data.get("scheme", "auto"), data.get("format", "auto")
    is_by_name = format_ == "auto" and str(data.get("train", "")).endswith(OWN_TAGS)
    return scheme == "none" or (scheme == "auto" and (is_by_name or format_ == "conllu"))


def _table(tables: Tables, name: str) -> Tables:
    table = tables.get(name)
    return cast("Tables", table) if isinstance(table, Mapping) else {}
