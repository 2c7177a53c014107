"""The mapping in a folder's ``config.json`` in; what our BERT encoder must know out, or every reason why it cannot."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from torch import nn

from seqwise.errors import Problem, UsageError, did_you_mean
from seqwise.model.bert_names import FAMILIES, Family

# ``hidden_act`` as Hugging Face names it; the tanh forms approximate the Gaussian one and are not the same numbers.
ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "gelu": nn.GELU,
    "gelu_python": nn.GELU,
    "gelu_new": partial(nn.GELU, approximate="tanh"),
    "gelu_fast": partial(nn.GELU, approximate="tanh"),
    "gelu_pytorch_tanh": partial(nn.GELU, approximate="tanh"),
    "relu": nn.ReLU,
    "silu": nn.SiLU,
    "swish": nn.SiLU,
    "tanh": nn.Tanh,
    "mish": nn.Mish,
}

# Our name to the key of DistilBERT, which has its own words.
_DISTILBERT_KEYS = {
    "hidden_size": "dim",
    "num_hidden_layers": "n_layers",
    "num_attention_heads": "n_heads",
    "intermediate_size": "hidden_dim",
    "hidden_dropout_prob": "dropout",
    "attention_probs_dropout_prob": "attention_dropout",
    "hidden_act": "activation",
}


@dataclass(frozen=True)
class BertConfig:
    """Sizes and constants of one folder.

    Attributes:
        family: the architecture.
        raw: the whole mapping, for writing the folder again.
        n_words: rows of the word embeddings.
        n_positions: rows of the position embeddings.
        first_position: row of a sequence's first token.
        n_types: rows of the token-type embeddings; 0 for none.
        embedding: units of an embedding; ELECTRA projects them to ``width``.
        width: units of a hidden state.
        n_layers: number of blocks.
        n_heads: attention heads.
        feed_forward: units inside the feed-forward net.
        activation: key of ``ACTIVATIONS``.
        dropout: of embeddings and sums.
        attention_dropout: of attention weights.
        classifier_dropout: around the layer above the first token.
        norm_epsilon: added to the variance in layer norms.
        initial_deviation: standard deviation of new weights.
    """

    family: Family
    raw: Mapping[str, object]
    n_words: int
    n_positions: int
    first_position: int
    n_types: int
    embedding: int
    width: int
    n_layers: int
    n_heads: int
    feed_forward: int
    activation: str
    dropout: float
    attention_dropout: float
    classifier_dropout: float
    norm_epsilon: float
    initial_deviation: float


def read_bert_config(config: Mapping[str, object], *, where: str) -> BertConfig:
    """Read the mapping of a ``config.json``.

    Args:
        config: the mapping.
        where: named in messages, usually the file's path.

    Raises:
        UsageError: for an architecture, an activation or an option that we do not compute, and for missing or wrong
            sizes; all of them together.
    """
    kind = str(config.get("model_type", ""))
    if kind not in FAMILIES:
        known = ", ".join(FAMILIES)
        raise UsageError(
            Problem(f"{where} model_type", f'found "{kind}"; known: {known}.', did_you_mean(kind, FAMILIES))
        )
    read = _Reader(config, where, is_distilbert=kind == "distilbert")
    read.refuse_options()
    width = read.integer("hidden_size")
    n_heads = read.integer("num_attention_heads")
    if width % n_heads:
        read.problem("num_attention_heads", f"{n_heads} heads do not divide a width of {width}.")
    family = FAMILIES[kind]
    dropout = read.number("hidden_dropout_prob", 0.1)
    result = BertConfig(
        family=family,
        raw=config,
        n_words=read.integer("vocab_size"),
        n_positions=read.integer("max_position_embeddings"),
        first_position=read.integer("pad_token_id", 1) + 1 if family.has_padding_positions else 0,
        n_types=0 if kind == "distilbert" else read.integer("type_vocab_size", 2),
        embedding=read.integer("embedding_size", width) if kind == "electra" else width,
        width=width,
        n_layers=read.integer("num_hidden_layers"),
        n_heads=n_heads,
        feed_forward=read.integer("intermediate_size"),
        activation=read.activation(),
        dropout=dropout,
        attention_dropout=read.number("attention_probs_dropout_prob", 0.1),
        classifier_dropout=read.number("classifier_dropout", dropout),
        norm_epsilon=read.number("layer_norm_eps", 1e-12),
        initial_deviation=read.number("initializer_range", 0.02),
    )
    if read.problems:
        raise UsageError(read.problems)
    return result


class _Reader:
    """Reads typed values by key and collects what is wrong, so that all faults are told at once."""

    def __init__(self, config: Mapping[str, object], where: str, *, is_distilbert: bool) -> None:
        self.config = config
        self.where = where
        self.keys = _DISTILBERT_KEYS if is_distilbert else {}
        self.problems: list[Problem] = []

    def problem(self, key: str, what: str) -> None:
        self.problems.append(Problem(f"{self.where} {self.keys.get(key, key)}", what, "Choose another checkpoint."))

    def integer(self, key: str, default: int | None = None) -> int:
        """A whole number of at least 0; sizes without a default must be there and above 0."""
        value = self.config.get(self.keys.get(key, key))
        if value is None and default is not None:
            return default
        lowest = 1 if default is None else 0
        if isinstance(value, bool) or not isinstance(value, int) or value < lowest:
            self.problem(key, f"found {value!r}; a whole number is needed.")
            return 1
        return value

    def number(self, key: str, default: float) -> float:
        """A number of at least 0."""
        value = self.config.get(self.keys.get(key, key))
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            self.problem(key, f"found {value!r}; a number of at least 0 is needed.")
            return default
        return float(value)

    def activation(self) -> str:
        """A key of ``ACTIVATIONS``."""
        value = str(self.config.get(self.keys.get("hidden_act", "hidden_act"), "gelu"))
        if value not in ACTIVATIONS:
            self.problem("hidden_act", f'found "{value}"; known: {", ".join(ACTIVATIONS)}.')
        return value

    def refuse_options(self) -> None:
        """Options of these architectures that change the numbers and that our encoder does not compute."""
        computed = {
            "position_embedding_type": (None, "absolute"),
            "is_decoder": (None, False),
            "add_cross_attention": (None, False),
            "is_encoder_decoder": (None, False),
        }
        for key, allowed in computed.items():
            if self.config.get(key) not in allowed:
                self.problem(key, f"found {self.config[key]!r}; computed here: {allowed[1]!r} only.")
