"""Settings that are right one by one, and wrong together: each rule looks at all settings and yields its faults."""

from collections.abc import Callable, Iterable, Iterator

from seqwise.errors import did_you_mean
from seqwise.settings.encoders import BagSettings, BertSettings, EncoderSettings, TransformerSettings, WindowSettings
from seqwise.settings.faults import Fault, shown
from seqwise.settings.heads import DecoderSettings, NumbersSettings, TextSettings
from seqwise.settings.names import (
    BASELINES,
    FORMATS,
    HEAD_OF_TASK,
    IMAGE_BASELINES,
    METRICS,
    NUMBER_BASELINES,
    WITHOUT_BASELINE,
    holds_images,
)
from seqwise.settings.root import Settings
from seqwise.settings.schedules import CyclicSettings, PlateauSettings

MEDIAN = 0.5
Rule = Callable[[Settings], Iterable[Fault]]


def broken_rules(settings: Settings) -> list[Fault]:
    """The faults of every rule."""
    return [fault for rule in RULES for fault in rule(settings)]


def _checkpoint_brings_its_tokens(settings: Settings) -> Iterator[Fault]:
    tokens, also = settings.prepare.tokens, ("encoder.name",)
    is_bert = isinstance(settings.encoder, BertSettings)
    if is_bert and tokens != "checkpoint":
        what = f'found "{tokens}"; with encoder bert the tokens are those of its checkpoint.'
        yield Fault("prepare.tokens", what, 'Leave it out, or write "checkpoint".', also)
    if not is_bert and tokens == "checkpoint":
        what = f'found "checkpoint"; the encoder {settings.encoder.name} has no checkpoint.'
        yield Fault("prepare.tokens", what, 'Write "word", "character", "subword" or "morpheme".', also)


def _head_is_the_tasks(settings: Settings) -> Iterator[Fault]:
    names = HEAD_OF_TASK[settings.task]
    if settings.head.name not in names:
        allowed = " or ".join(map(shown, names))
        what = f"found {shown(settings.head.name)}; the head of the task {settings.task} is {allowed}."
        yield Fault("head.name", what, f"Leave it out, or write {allowed}.", ("task",))


def _heads_divide_hidden(settings: Settings) -> Iterator[Fault]:
    encoder, head = settings.encoder, settings.head
    if isinstance(encoder, TransformerSettings):
        yield from _divided("encoder", encoder.hidden, heads=encoder.heads)
        width = encoder.hidden // encoder.heads
        if encoder.hidden % encoder.heads == 0 and encoder.positions == "rotary" and width % 2:
            # Rotary positions turn pairs of numbers (Su et al. 2021, equation 34).
            what = f'found "rotary"; a head is {width} wide, and rotary positions need an even width.'
            yield Fault("encoder.positions", what, "Change encoder.heads.", ("encoder.hidden", "encoder.heads"))
    if isinstance(head, DecoderSettings | TextSettings) and head.cell == "transformer":
        yield from _divided("head", head.hidden, heads=head.heads)
        if head.hidden % 2:
            # A sine and a cosine of each angle (Vaswani et al. 2017, section 3.5).
            what = f"found {head.hidden}; the positions of a transformer need an even width."
            yield Fault("head.hidden", what, f"Write {head.hidden + 1}.", ("head.cell",))


def _divided(table: str, hidden: int, *, heads: int) -> Iterator[Fault]:
    if hidden % heads:
        divisors = [n for n in range(1, heads + 1) if hidden % n == 0]
        what = f"found {heads}; it must divide {table}.hidden = {hidden}."
        yield Fault(f"{table}.heads", what, f"Write {divisors[-1]}.", (f"{table}.hidden",))


def _rows_fit_the_positions(settings: Settings) -> Iterator[Fault]:
    encoder, prepare = settings.encoder, settings.prepare
    key, longest, found = "prepare.max_length", prepare.max_length, f"{prepare.max_length}"
    if settings.task == "forecast":
        longest = (prepare.input + prepare.horizon) // prepare.patch + 2 * prepare.special_tokens
        key, found = "prepare.input", f"{prepare.input}, which makes {longest} tokens with what is forecast"
    if isinstance(encoder, TransformerSettings) and encoder.positions == "learned" and longest > encoder.max_positions:
        what = f"found {found}; encoder.max_positions = {encoder.max_positions} is the longest that can be learned."
        fix = "Lower it, raise encoder.max_positions, or choose other positions."
        yield Fault(key, what, fix, ("encoder.max_positions", "encoder.positions"))


def _frozen_layers_are_there(settings: Settings) -> Iterator[Fault]:
    training, encoder = settings.training, settings.encoder
    if training.freeze != "layers":
        return
    key, also = "training.freeze_layers", ("training.freeze", "encoder.name", "encoder.layers", "encoder.hidden")
    if training.freeze_layers == 0:
        yield Fault(
            key, 'found 0; training.freeze = "layers" needs 1 or more.', "Write how many layers stay frozen.", also
        )
    n_layers = _n_layers(encoder)
    if n_layers is not None and training.freeze_layers > n_layers:
        what = f"found {training.freeze_layers}; the encoder has {n_layers} layers."
        yield Fault(key, what, f'Write {n_layers} or less, or training.freeze = "all".', also)


def _n_layers(encoder: EncoderSettings) -> int | None:
    """Layers of an encoder as far as the settings tell: those of a checkpoint are known when it is read."""
    match encoder:
        case BertSettings():
            return None
        case BagSettings() | WindowSettings():
            return len(encoder.hidden)
        case _:
            return encoder.layers


def _baselines_are_known(settings: Settings) -> Iterator[Fault]:
    key, chosen = "evaluate.baselines", settings.evaluate.baselines
    names = BASELINES[settings.task]
    if settings.task == "forecast":
        names = (*names, *NUMBER_BASELINES)
    if _reads_images(settings):
        names = IMAGE_BASELINES
    known = ", ".join(f'"{name}"' for name in names)
    if not chosen and settings.task != "forecast":  # of series, those of their kind
        yield Fault(key, f"found []; no score stands alone: name one or more of {known}.")
    for number, name in enumerate(chosen):
        if name not in names:
            yield Fault(f"{key}[{number}]", f"found {shown(name)}; allowed: {known}.", did_you_mean(name, names))
    yield from _once(key, chosen)
    stand_on = settings.head.stand_on
    if stand_on and stand_on not in names:
        what = f'found {shown(stand_on)}; allowed: {known}, or "" for none.'
        yield Fault("head.stand_on", what, did_you_mean(stand_on, names))


def _task_reads_its_data(settings: Settings) -> Iterator[Fault]:
    data, task = settings.data, settings.task
    if data.format not in FORMATS[task]:
        what = f"found {shown(data.format)}; the task {task} reads {', '.join(FORMATS[task])}."
        yield Fault("data.format", what, did_you_mean(data.format, FORMATS[task]), ("task",))
    if data.on_bad_row == "repair" and task in ("classify", "translate"):
        what = 'found "repair", which mends tagged text and series alone.'
        yield Fault("data.on_bad_row", what, 'Write "skip".', ("task",))


def _reads_images(settings: Settings) -> bool:
    return settings.task == "classify" and holds_images(settings.data.format, settings.data.train)


def _images_are_steps(settings: Settings) -> Iterator[Fault]:
    if not _reads_images(settings):
        return
    if isinstance(settings.encoder, BertSettings):
        what = 'found "bert", which reads texts; the rows of images are read by an encoder from scratch.'
        yield Fault("encoder.name", what, 'Write "recurrent", "transformer" or "window".', ("data.train",))
    if settings.data.split not in ("stratified", "random"):
        what = f"found {shown(settings.data.split)}; images have no groups and no times."
        yield Fault("data.split", what, 'Write "stratified" or "random".', ("data.train",))


def _metrics_are_the_tasks(settings: Settings) -> Iterator[Fault]:
    allowed = METRICS[settings.task]
    for key, metric in (
        ("training.stop_on", settings.training.stop_on),
        ("evaluate.verdict_on", settings.evaluate.verdict_on),
    ):
        if metric not in allowed:
            what = f"found {shown(metric)}; the task {settings.task} has {', '.join(allowed)}."
            yield Fault(key, what, "Leave it out.", ("task",))
    verdict = settings.evaluate.verdict_on
    if verdict in WITHOUT_BASELINE and verdict in allowed:
        what = f"found {shown(verdict)}, which no baseline has, so nothing can be better than one by it."
        yield Fault("evaluate.verdict_on", what, 'Write "bleu" or "chrf".', ("task",))


def _texts_are_written_as_they_are(settings: Settings) -> Iterator[Fault]:
    """What labels have and texts have not; morphemes cannot be joined to the text that they are of."""
    if settings.task != "translate":
        return
    training = settings.training
    idle = {
        "training.class_weights": training.class_weights != "none",
        "training.focal": training.focal > 0,
        "training.logit_adjustment": training.logit_adjustment > 0,
        "training.oversample": training.oversample > 0,
    }
    for key in (key for key, is_set in idle.items() if is_set):
        yield Fault(key, "is for labels; the task translate has none.", "Leave it out.", ("task",))
    if settings.prepare.tokens == "morpheme":
        what = 'found "morpheme"; morphemes cannot be joined to a text again.'
        yield Fault("prepare.tokens", what, 'Write "subword".', ("task",))


def _quantiles_grow_around_the_median(settings: Settings) -> Iterator[Fault]:
    head = settings.head
    if not isinstance(head, NumbersSettings):
        return
    if list(head.levels) != sorted(set(head.levels)):
        yield Fault("head.levels", f"found {shown(head.levels)}; levels grow.", "Write them in order, each once.")
    if head.output == "quantiles" and MEDIAN not in head.levels:
        what = f"found {shown(head.levels)}; the forecast itself is the median, the level {MEDIAN}."
        yield Fault("head.levels", what, f"Add {MEDIAN}.", ("head.output",))


def _series_have_a_time(settings: Settings) -> Iterator[Fault]:
    data = settings.data
    if settings.task != "forecast":
        return
    if data.format not in ("wide", "grid") and not data.time:
        what = "is missing; it is required for series: the column of the time."
        yield Fault(
            "data.time", what, 'Name it, or write data.format = "wide" or "grid" for a column a time.', ("task",)
        )
    prepare = settings.prepare
    for key, steps in (("prepare.input", prepare.input), ("prepare.horizon", prepare.horizon)):
        if steps % prepare.patch:
            what = f"found {steps}, which is not made of whole patches of prepare.patch = {prepare.patch} steps."
            yield Fault(key, what, "Give a multiple of it.", ("prepare.patch",))
    if prepare.special_tokens and isinstance(settings.head, DecoderSettings):
        what = "found true; the head decoder begins with the last token that is seen, which must be a state."
        yield Fault("prepare.special_tokens", what, "Leave it out.", ("head.name",))
    if isinstance(settings.encoder, BertSettings):
        what = 'found "bert", which reads texts; series are read by an encoder from scratch.'
        yield Fault("encoder.name", what, 'Write "recurrent", "transformer" or "window".', ("task",))
    if data.split not in ("time", "grouped"):
        what = f"found {shown(data.split)}; series are split by time, or grouped: whole units."
        yield Fault("data.split", what, 'Write "time" or "grouped".', ("task",))


def _tags_are_extended(settings: Settings) -> Iterator[Fault]:
    run = settings.extend.run
    if run and settings.task != "tag":
        yield Fault("extend.run", f"found {shown(run)}; only the task tag extends a run.", "Leave it out.", ("task",))


def _labels_are_several(settings: Settings) -> Iterator[Fault]:
    key, labels = "data.labels", settings.data.labels
    if len(labels) == 1:
        yield Fault(
            key, f"found {shown(labels)}; allowed: two labels or more.", "Leave it out to take those of the rows."
        )
    if "" in labels:
        yield Fault(key, 'found ""; a label is not empty.', "Remove it.")
    yield from _once(key, labels)


def _columns_differ(settings: Settings) -> Iterator[Fault]:
    data = settings.data
    if data.text and data.text == data.label:
        what = f"found {shown(data.label)}, which is data.text too."
        yield Fault("data.label", what, "Name the column that holds the label.", ("data.text",))


def _rates_are_in_order(settings: Settings) -> Iterator[Fault]:
    schedule, rate = settings.training.schedule, settings.training.learning_rate
    also = ("training.learning_rate",)
    if isinstance(schedule, CyclicSettings) and schedule.max_lr <= rate:
        what = f"found {schedule.max_lr:g}; it must be above training.learning_rate = {rate:g}, where a cycle begins."
        yield Fault("training.schedule.max_lr", what, "Raise it, or lower the other.", also)
    if isinstance(schedule, PlateauSettings) and schedule.min_lr > rate:
        what = f"found {schedule.min_lr:g}; it must not be above training.learning_rate = {rate:g}."
        yield Fault("training.schedule.min_lr", what, "Lower it, or raise the other.", also)


def _betas_are_shares(settings: Settings) -> Iterator[Fault]:
    for number, beta in enumerate(settings.training.betas):
        if not 0.0 <= beta < 1.0:
            key = f"training.betas[{number}]"
            yield Fault(
                key, f"found {beta:g}; allowed: a number, 0 or more and below 1.", "The usual ones are [0.9, 0.999]."
            )


def _silence_has_a_reason(settings: Settings) -> Iterator[Fault]:
    for name, reason in settings.checks.silence.items():
        if not reason.strip():
            fix = "Say why; the report repeats it."
            yield Fault(f"checks.silence.{name}", f"found {shown(reason)}; a silenced finding needs a reason.", fix)


def _backend_knows_the_encoder(settings: Settings) -> Iterator[Fault]:
    backend, encoder = settings.runtime.backend, settings.encoder
    if backend != "torch" and not isinstance(encoder, BertSettings):
        what = f"found {shown(backend)}, which computes the BERT family only; the encoder is {encoder.name}."
        yield Fault("runtime.backend", what, 'Leave it out, or write "torch".', ("encoder.name",))


def _once(key: str, names: tuple[str, ...]) -> Iterator[Fault]:
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Fault(key, f"found {shown(name)} {names.count(name)} times.", "Keep one.")


RULES: tuple[Rule, ...] = (
    _columns_differ,
    _task_reads_its_data,
    _images_are_steps,
    _metrics_are_the_tasks,
    _texts_are_written_as_they_are,
    _series_have_a_time,
    _quantiles_grow_around_the_median,
    _tags_are_extended,
    _labels_are_several,
    _checkpoint_brings_its_tokens,
    _head_is_the_tasks,
    _heads_divide_hidden,
    _rows_fit_the_positions,
    _frozen_layers_are_there,
    _baselines_are_known,
    _rates_are_in_order,
    _betas_are_shares,
    _silence_has_a_reason,
    _backend_knows_the_encoder,
)
