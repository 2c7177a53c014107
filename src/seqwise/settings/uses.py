"""Which of the given settings nothing in this run reads, and why: such a value is often a mistake (GR-UNUSEDCONFIG)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from seqwise.records import SettingUse
from seqwise.settings.encoders import BagSettings, TransformerSettings
from seqwise.settings.heads import LabelSettings, NumbersSettings, StepsSettings, TagsSettings
from seqwise.settings.names import holds_images
from seqwise.settings.reading import LoadedSettings
from seqwise.settings.root import Settings
from seqwise.settings.schedules import CyclicSettings
from seqwise.settings.task_defaults import with_task_defaults
from seqwise.settings.writing import toml_value


@dataclass(frozen=True)
class Unread:
    """A key, when nothing reads it, and the reason in words."""

    key: str
    is_unread: Callable[[Settings], bool]
    reason: str


def setting_uses(loaded: LoadedSettings) -> tuple[SettingUse, ...]:
    """Every given key, and whether anything in this run reads it, in the order in which they were given.

    A key that says what the default says counts as read: it changes nothing either way, and a resolved settings file
    spells out every default.
    """
    settings = loaded.settings
    values, resting = settings.model_dump(), _defaults(settings)
    rules = {rule.key: rule for rule in reversed(UNREAD) if rule.is_unread(settings)}
    uses: list[SettingUse] = []
    for key in loaded.given:
        value = _look_up(values, key)
        is_read = key not in rules or value == _look_up(resting, key)
        reason = "" if is_read else rules[key].reason
        uses.append(SettingUse(key=key, value=toml_value(value), is_read=is_read, reason=reason))
    return tuple(uses)


def unused(loaded: LoadedSettings) -> tuple[SettingUse, ...]:
    """The given keys that nothing in this run reads."""
    return tuple(use for use in setting_uses(loaded) if not use.is_read)


def _defaults(settings: Settings) -> dict[str, object]:
    """The settings as they would be had only the required keys and the names of members been given."""
    encoder, schedule = settings.encoder, settings.training.schedule
    needed = {
        name: value for name, value in encoder.model_dump().items() if type(encoder).model_fields[name].is_required()
    }
    cycle = {
        name: value for name, value in schedule.model_dump().items() if type(schedule).model_fields[name].is_required()
    }
    bare = Settings.model_validate(
        with_task_defaults(
            {
                "task": settings.task,
                "data": {"train": settings.data.train, "format": settings.data.format},
                "encoder": {"name": encoder.name, **needed},
                "head": {"name": settings.head.name},
                "training": {"schedule": {"name": schedule.name, **cycle}},
            }
        )
    )
    return bare.model_dump()


def _look_up(tables: dict[str, object], key: str) -> object:
    head, _, rest = key.partition(".")
    if not rest or key in tables:  # the id of a silenced finding may hold dots
        return tables.get(key)
    return _look_up(cast("dict[str, object]", tables[head]), rest)


def _brings_tokens(settings: Settings) -> bool:
    return settings.prepare.tokens == "checkpoint"


def _fits_no_words(settings: Settings) -> bool:
    has_words = isinstance(settings.head, TagsSettings) and settings.head.words > 0
    return _brings_tokens(settings) and not has_words


def _groups_hold_out(settings: Settings) -> bool:
    return settings.data.group != "" and settings.data.split in {"stratified", "random"}


def _holds_nothing_out(settings: Settings) -> bool:
    data = settings.data
    return isinstance(data.validation, str) and not isinstance(data.test, float)


def _no_times(settings: Settings) -> bool:
    return settings.task != "forecast" and settings.data.split != "time"


def _reads_images(settings: Settings) -> bool:
    return holds_images(settings.data.format, settings.data.train)


def _columns_are_times(settings: Settings) -> bool:
    return settings.data.format in {"wide", "grid"}


def _is_parquet(settings: Settings) -> bool:
    data = settings.data
    return data.format == "parquet" or (data.format == "auto" and data.train.endswith(".parquet"))


def _positions_are_not_learned(settings: Settings) -> bool:
    encoder = settings.encoder
    return isinstance(encoder, TransformerSettings) and encoder.positions != "learned"


def _bag_has_no_layers(settings: Settings) -> bool:
    return isinstance(settings.encoder, BagSettings) and not settings.encoder.hidden


def _label_has_no_layers(settings: Settings) -> bool:
    return isinstance(settings.head, LabelSettings) and not settings.head.hidden


def _cycle_is_not_exponential(settings: Settings) -> bool:
    schedule = settings.training.schedule
    return isinstance(schedule, CyclicSettings) and schedule.mode != "exp_range"


def _has_no_loss_of_labels(settings: Settings) -> bool:
    head = settings.head
    return isinstance(head, NumbersSettings) or (isinstance(head, TagsSettings | StepsSettings) and head.crf)


def _has_no_labels(settings: Settings) -> bool:
    return isinstance(settings.head, NumbersSettings)


def _extends_nothing(settings: Settings) -> bool:
    return not settings.extend.run


CHECKPOINT_TOKENS = "with tokens = checkpoint the tokenizer and its vocabulary come from the checkpoint"
OF_TEXT = (
    *("data.text", "data.label", "data.id", "data.group", "data.scheme", "prepare.tokens", "prepare.lower"),
    *("prepare.max_size", "prepare.min_freq", "prepare.max_length", "prepare.keep", "prepare.scheme"),
    *("prepare.split", "prepare.overlap", "prepare.vectors"),
)
OF_SERIES = (
    *("prepare.special_tokens", "prepare.token_types", "evaluate.seeds"),
    *("data.unit", "data.value", "data.known", "data.past", "data.static", "data.first", "data.last", "data.kind"),
    *("data.step", "prepare.input", "prepare.horizon", "prepare.stride", "prepare.patch", "prepare.channels"),
    *("prepare.season", "prepare.calendar", "prepare.scaling"),
)
OF_NUMBERS = ("prepare.patch", "prepare.channels", "prepare.scaling")
UNREAD: tuple[Unread, ...] = (
    Unread("data.time", _no_times, "read only with data.split = time"),
    *(
        Unread(f"data.{name}", _columns_are_times, "of a table whose columns are times, no other is read")
        for name in ("time", "value", "known", "past")
    ),
    *(Unread(key, lambda s: s.task == "forecast", "series hold no text") for key in OF_TEXT),
    *(Unread(key, _reads_images, "images hold no text") for key in OF_TEXT if key != "data.label"),
    *(Unread(key, lambda s: s.task != "forecast", "read of series only") for key in OF_SERIES),
    *(Unread(key, lambda s: s.data.kind == "states", "read of series of numbers only") for key in OF_NUMBERS),
    Unread("data.split", _holds_nothing_out, "no share is held out: validation and test are files"),
    Unread("data.split", _groups_hold_out, "shares are held out by whole groups of data.group"),
    Unread("data.encoding", _is_parquet, "Parquet files say their own encoding"),
    Unread("prepare.lower", _fits_no_words, CHECKPOINT_TOKENS),
    Unread("prepare.max_size", _fits_no_words, CHECKPOINT_TOKENS),
    Unread("prepare.min_freq", _fits_no_words, CHECKPOINT_TOKENS),
    Unread("prepare.vectors", _brings_tokens, "the word vectors come from the checkpoint"),
    Unread("encoder.max_positions", _positions_are_not_learned, "read only with encoder.positions = learned"),
    Unread("encoder.activation", _bag_has_no_layers, "encoder.hidden has no layers"),
    Unread("head.activation", _label_has_no_layers, "head.hidden has no layers"),
    *(
        Unread(f"training.{key}", _has_no_loss_of_labels, "read only by the loss of single labels, not by this head's")
        for key in ("class_weights", "focal", "logit_adjustment", "label_smoothing")
    ),
    Unread(
        "training.effective_beta",
        lambda s: s.training.class_weights != "effective" or _has_no_loss_of_labels(s),
        "read only with training.class_weights = effective",
    ),
    Unread("training.oversample", _has_no_labels, "numbers have no rare labels"),
    Unread("extend.rehearse", _extends_nothing, "read only with extend.run"),
    Unread("extend.max_drop", _extends_nothing, "read only with extend.run"),
    Unread("training.schedule.gamma", _cycle_is_not_exponential, "read only with training.schedule.mode = exp_range"),
    Unread(
        "training.freeze_layers", lambda s: s.training.freeze != "layers", "read only with training.freeze = layers"
    ),
)
