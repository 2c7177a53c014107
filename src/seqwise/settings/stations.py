"""One settings model for each station of the road: data, prepare, extend, training, evaluate, checks, runtime."""

from typing import Literal

from pydantic import Field

from seqwise.settings.frozen import Frozen
from seqwise.settings.schedules import LinearSettings, ScheduleSettings

Table = Literal["csv", "tsv", "jsonl", "parquet"]
Tagged = Literal["conll", "conllu", "klue", "kmou", "inline", "spans", "spacy"]
Format = Literal["auto", Table, Tagged, "long", "wide", "grid", "idx", "parallel"]
# auto, for series alone: log_loss of states, mae of numbers.
OfTexts = Literal["bleu", "chrf", "perplexity"]
Metric = Literal[
    "auto", "log_loss", "accuracy", "macro_f1", "entity_f1", "mae", "mse", "mase", "quantile_loss", OfTexts
]


class DataSettings(Frozen):
    """Where the rows are, and what is in which column."""

    train: str = Field(
        description="file of training rows: csv, tsv, jsonl, parquet or idx, plain or .gz; pairs: also train.{de,en}.gz"
    )
    validation: str | float = Field(
        default=0.1,
        description="a file, or the share of training rows held out, 0 to 1; of series a share or a time to begin at",
    )
    test: str | float | None = Field(
        default=None,
        description="a file, or a share of the rows held out, 0 to 1; of series as validation; looked at once",
    )
    text: str = Field(default="text", description="column of the text")
    label: str = Field(default="label", description="column of the label; of images the file of labels beside them")
    id: str = Field(default="", description="column of the row id; empty: FILE:LINE")
    group: str = Field(default="", description="rows of one group never stand on two sides of a split")
    time: str = Field(
        default="",
        description="column of the time of series; of rows to sort by when split = time: the newest are held out",
    )
    until: str = Field(default="", description="time of series from which on nothing is forecast; empty: their end")
    unit: tuple[str, ...] = Field(
        default=(), description="columns that together name whose series a row is of; empty: there is one series"
    )
    value: tuple[str, ...] = Field(
        default=(), description="columns of what is forecast; empty: all that have no other role"
    )
    known: tuple[str, ...] = Field(default=(), description="columns that are known of times to come, such as holidays")
    past: tuple[str, ...] = Field(default=(), description="columns that are known up to now only")
    static: tuple[str, ...] = Field(default=(), description="columns that say the same in all rows of a unit")
    first: str = Field(default="", description="first of the columns that are times in a wide table; empty: found out")
    last: str = Field(default="", description="last of them; empty: the last column")
    forbidden: tuple[str, ...] = Field(
        default=(), description='states that never follow each other, such as "N>D"; forecasts keep to it'
    )
    longest: dict[str, int] = Field(
        default_factory=dict[str, int], description="steps in a row that a state lasts at most; forecasts keep to it"
    )
    kind: Literal["auto", "states", "numbers"] = Field(
        default="auto", description="what series are of; auto: numbers where most cells are, and then it is told"
    )
    step: Literal["auto", "row"] = Field(
        default="auto", description="auto: times are regular, and gaps are told; row: each follows the one before it"
    )
    split: Literal["stratified", "random", "grouped", "time"] = Field(
        default="stratified", description="how shares are held out; of series time, or grouped: whole units"
    )
    labels: tuple[str, ...] = Field(
        default=(), description="the allowed labels, or states, in order; empty: those of the training rows"
    )
    format: Format = Field(
        default="auto",
        description="auto: by the name; conll to spacy: tags; long, wide, grid: series; idx: images; parallel: pairs",
    )
    scheme: Literal["auto", "none", "BIO", "IOB1", "BIOES", "BILOU"] = Field(
        default="auto",
        description="tags of the file. auto: found out, never guessed; none: each word's own, as parts of speech are",
    )
    encoding: str = Field(
        default="auto", description="auto: byte-order mark, UTF-8, then CP949, and the guess is reported"
    )
    on_bad_row: Literal["stop", "skip", "repair"] = Field(
        default="stop",
        description="stop: tell bad rows; skip: leave them out; repair: mend entities, keep gaps of series as missing",
    )


class PrepareSettings(Frozen):
    """How text becomes token ids; everything is fitted on training rows only."""

    tokens: Literal["word", "character", "subword", "morpheme", "checkpoint"] = Field(
        default="word", description="checkpoint: the tokenizer of encoder.checkpoint, always used with encoder bert"
    )
    lower: bool = Field(default=False, description="lower-case the text (not for checkpoint)")
    max_size: int = Field(default=30000, ge=8, description="largest vocabulary, special tokens counted")
    min_freq: int = Field(default=2, ge=1, description="leave out tokens that are rarer in the training rows")
    max_length: int = Field(
        default=256, ge=1, description="tokens of a row that are kept, special tokens counted; cuts are reported"
    )
    keep: Literal["start", "end"] = Field(default="start", description="which end of a longer row is kept")
    scheme: Literal["BIO", "BIOES"] = Field(default="BIO", description="tags that the network learns for entities")
    split: Literal["pieces", "characters", "morphemes"] = Field(
        default="pieces", description="what gets a tag in a file of tagged text without words"
    )
    overlap: float = Field(
        default=0.5, ge=0.0, lt=1.0, description="share that windows of a tagged text longer than max_length have twice"
    )
    vectors: str = Field(default="", description="word2vec or GloVe text file for the embedding; empty: random")
    input: int = Field(default=28, ge=1, description="steps of a series that are seen")
    horizon: int = Field(default=7, ge=1, description="steps behind them that are forecast")
    stride: int = Field(default=1, ge=1, description="steps from a window of training to the next of the same unit")
    patch: int = Field(
        default=1, ge=1, description="of numbers, steps that are one token; divides input and horizon (Nie et al. 2023)"
    )
    channels: Literal["together", "apart"] = Field(
        default="together", description="of numbers. apart: each column is a sequence of its own, by the same network"
    )
    season: int = Field(
        default=0, ge=0, description="steps until a pattern comes again; 0: a week of days, a day of hours, a year"
    )
    special_tokens: bool = Field(
        default=False, description="of series, [CLS] before and [SEP] behind each window, as BERT has them"
    )
    token_types: bool = Field(
        default=False, description="of series, a learned vector beside each token to come, BERT's second segment"
    )
    calendar: bool = Field(
        default=True, description="weekday, month and hour of each step as inputs, where the times are dates"
    )
    scaling: Literal["standard", "minmax", "window"] = Field(
        default="window",
        description="of numbers, by training rows; window: and by mean and deviation of what each window sees",
    )


class ExtendSettings(Frozen):
    """A finished run of tags that this one goes on from, to learn a new type and keep the others."""

    run: str = Field(default="", description="folder of the run whose weights, tags and tokens are taken; empty: none")
    rehearse: float = Field(
        default=1.0, ge=0.0, description="training texts of that run that are learned again, for each new text; 0: none"
    )
    max_drop: float = Field(
        default=0.02,
        ge=0.0,
        le=1.0,
        description="largest fall of entity F1 (words: accuracy) on the old labels with which the model is saved",
    )


class TrainingSettings(Frozen):
    """The loop."""

    epochs: int = Field(default=3, ge=1, description="passes over the training rows at most")
    batch_size: int = Field(default=32, ge=1, description="rows of a batch; 0 < n")
    batch_tokens: int = Field(
        default=0, ge=0, description="token budget of a batch, which then ends it before batch_size does; 0: none"
    )
    accumulation: int = Field(default=1, ge=1, description="batches of an update; the mean is over all their rows")
    learning_rate: float = Field(default=1e-3, gt=0.0, description="highest rate (base rate for cyclic)")
    schedule: ScheduleSettings = LinearSettings()
    weight_decay: float = Field(default=0.01, ge=0.0, description="AdamW's decoupled L2, not on biases and norms")
    betas: tuple[float, float] = Field(default=(0.9, 0.999), description="AdamW's decay of the two moments")
    layer_decay: float = Field(
        default=1.0, gt=0.0, le=1.0, description="rate of a layer as a share of the layer above; 1: all alike"
    )
    clip: float = Field(default=1.0, ge=0.0, description="largest norm of the gradient; 0: no clipping")
    freeze: Literal["none", "embeddings", "layers", "all"] = Field(
        default="none",
        description="embeddings: those; layers: those and the first freeze_layers layers; all: the whole encoder",
    )
    freeze_layers: int = Field(default=0, ge=0, description="for freeze = layers")
    embedding_rows: Literal["all", "batch"] = Field(
        default="all",
        description="word vectors that an update moves. all: AdamW's; batch: those of its tokens, which is faster",
    )
    class_weights: Literal["none", "balanced", "effective"] = Field(
        default="none",
        description="of labels. balanced: n / (classes * count); effective: by effective numbers (Cui et al. 2019)",
    )
    effective_beta: float = Field(
        default=0.999, ge=0.0, lt=1.0, description="for class_weights = effective: 0 none, near 1 as balanced"
    )
    focal: float = Field(
        default=0.0,
        ge=0.0,
        description="gamma of the focal loss, which weighs hard rows more (Lin et al. 2017); 0: off",
    )
    logit_adjustment: float = Field(
        default=0.0, ge=0.0, description="tau by which training allows for rare labels (Menon et al. 2021); 0: off"
    )
    oversample: float = Field(
        default=0.0,
        ge=0.0,
        le=1.0,
        description="how often rows of rare labels come in an epoch. 0: once; 1: all labels as often as the first",
    )
    label_smoothing: float = Field(default=0.0, ge=0.0, lt=1.0, description="share of the target given to all labels")
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        default="auto", description="auto: bfloat16 where this machine multiplies it fast"
    )
    evaluations: int = Field(default=1, ge=1, description="evaluations on validation rows an epoch")
    patience: int = Field(
        default=2, ge=0, description="evaluations without a better one before stopping; 0: never stop early"
    )
    stop_on: Metric = Field(
        default="log_loss",
        description="choose the best evaluation by this; entity_f1: entities; mae and what follows: numbers",
    )
    checkpoint_s: float = Field(default=120.0, ge=0.0, description="seconds between checkpoints; 0: after every update")


class EvaluateSettings(Frozen):
    """Scores and what stands beside them."""

    baselines: tuple[str, ...] = Field(
        default=("majority", "prior", "naive_bayes", "tfidf_logistic", "tfidf_forest"),
        description="see: seqwise list baselines",
    )
    baseline_rows: int = Field(
        default=200_000, ge=1, description="training rows that baselines learn from at most, drawn by label"
    )
    verdict_on: Metric = Field(
        default="log_loss",
        description="the metric of the verdict; entity_f1: entities; mae and what follows: numbers",
    )
    seeds: int = Field(
        default=0,
        ge=0,
        description="trainings of series, for chance in them; 0: three where fewer than 30 blocks are tested, else one",
    )
    samples: int = Field(default=1000, ge=100, description="bootstrap samples for intervals")
    confidence: float = Field(default=0.95, gt=0.5, lt=1.0, description="of intervals and paired tests")
    bleu_words: Literal["13a", "intl", "char", "zh", "none"] = Field(
        default="13a", description="how BLEU cuts texts into words; char for Korean, Chinese and Japanese"
    )
    clip: float = Field(
        default=1e-15,
        gt=0.0,
        lt=0.1,
        description="probabilities are clipped to [clip, 1 - clip] in log loss, as the platforms do",
    )
    temperature: bool = Field(
        default=True,
        description="fit a temperature on validation rows, of numbers a shift of each quantile, and use it",
    )


class ChecksSettings(Frozen):
    """Which findings are silenced, and why; the report says so."""

    silence: dict[str, str] = Field(
        default_factory=dict[str, str], description='id to reason, e.g. "GR-DUP" = "reviews repeat by nature"'
    )


class RuntimeSettings(Frozen):
    """Machine, seed and language."""

    seed: int = Field(default=0, ge=0, lt=2**31, description="of splits, weights, order and dropout")
    threads: int = Field(default=0, ge=0, description="processor threads; 0: all cores")
    device: Literal["auto", "cpu", "cuda"] = Field(default="auto", description="auto: the GPU when there is one")
    backend: Literal["torch", "onnx", "openvino"] = Field(
        default="torch", description="what computes predictions after training; see: seqwise list backends"
    )
    lang: Literal["en", "ko"] = Field(default="en", description="language of report and messages")
