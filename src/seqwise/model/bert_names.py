"""Names of our BERT encoder's tensors in, the names that Hugging Face folders use out, and the other way.

The families differ in names, in the layer above the first token, and in little else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

FAMILY_PREFIXES = ("module.", "model.", "bert.", "roberta.", "electra.", "distilbert.")
LEGACY_ENDINGS = {".gamma": ".weight", ".beta": ".bias"}
BUFFERS = ("embeddings.position_ids", "embeddings.token_type_ids")


@dataclass(frozen=True)
class Layout:
    """How the tensors of a body are called; our module's name to theirs, inside one layer for ``layer_modules``."""

    layers: str
    layer_modules: Mapping[str, str]
    query_key_value: tuple[str, str, str]


@dataclass(frozen=True)
class Family:
    """One architecture as Hugging Face names it.

    Attributes:
        prefix: what stands before the body's names in a model with a head.
        architecture: the class names begin so, as in ``BertModel`` and ``BertForSequenceClassification``.
        layout: names inside the body.
        transformation: the layer that its sequence classifier puts above the first token.
        activation: behind that layer.
        has_first_dropout: whether the first token's state passes a dropout before that layer.
        has_pooler: whether that layer belongs to the body, so that a bare body holds it too.
        classifier: the last linear layer of the sequence classifier.
        has_padding_positions: whether positions begin behind the row of the padding token.
    """

    prefix: str
    architecture: str
    layout: Layout
    transformation: str
    activation: Literal["tanh", "gelu", "relu"]
    has_first_dropout: bool
    has_pooler: bool
    classifier: str
    has_padding_positions: bool = False


EMBEDDINGS = {
    "embeddings.words": "embeddings.word_embeddings",
    "embeddings.positions": "embeddings.position_embeddings",
    "embeddings.types": "embeddings.token_type_embeddings",
    "embeddings.norm": "embeddings.LayerNorm",
    "embeddings.projection": "embeddings_project",
}

_BERT_LAYOUT = Layout(
    layers="encoder.layer",
    layer_modules={
        "attention.output": "attention.output.dense",
        "attention_norm": "attention.output.LayerNorm",
        "feed_forward.inner": "intermediate.dense",
        "feed_forward.outer": "output.dense",
        "feed_forward_norm": "output.LayerNorm",
    },
    query_key_value=("attention.self.query", "attention.self.key", "attention.self.value"),
)

_DISTILBERT_LAYOUT = Layout(
    layers="transformer.layer",
    layer_modules={
        "attention.output": "attention.out_lin",
        "attention_norm": "sa_layer_norm",
        "feed_forward.inner": "ffn.lin1",
        "feed_forward.outer": "ffn.lin2",
        "feed_forward_norm": "output_layer_norm",
    },
    query_key_value=("attention.q_lin", "attention.k_lin", "attention.v_lin"),
)


def _roberta(architecture: str) -> Family:
    return Family(
        prefix="roberta.",
        architecture=architecture,
        layout=_BERT_LAYOUT,
        transformation="classifier.dense",
        activation="tanh",
        has_first_dropout=True,
        has_pooler=False,
        classifier="classifier.out_proj",
        has_padding_positions=True,
    )


# Key: ``model_type`` in config.json. MiniLM folders say bert.
FAMILIES: dict[str, Family] = {
    "bert": Family(
        prefix="bert.",
        architecture="Bert",
        layout=_BERT_LAYOUT,
        transformation="pooler.dense",
        activation="tanh",
        has_first_dropout=False,
        has_pooler=True,
        classifier="classifier",
    ),
    "roberta": _roberta("Roberta"),
    "xlm-roberta": _roberta("XLMRoberta"),
    "camembert": _roberta("Camembert"),
    "electra": Family(
        prefix="electra.",
        architecture="Electra",
        layout=_BERT_LAYOUT,
        transformation="classifier.dense",
        activation="gelu",
        has_first_dropout=True,
        has_pooler=False,
        classifier="classifier.out_proj",
    ),
    "distilbert": Family(
        prefix="distilbert.",
        architecture="DistilBert",
        layout=_DISTILBERT_LAYOUT,
        transformation="pre_classifier",
        activation="relu",
        has_first_dropout=False,
        has_pooler=False,
        classifier="classifier",
    ),
}


def theirs(name: str, family: Family) -> tuple[str, ...]:
    """The names in a folder for one of our encoder's tensors: one, or three for the fused query, key and value.

    A tensor that the family does not have (a pooling of ours) has none: the result is empty.

    Example:
        >>> theirs("blocks.3.feed_forward.inner.bias", FAMILIES["bert"])
        ('encoder.layer.3.intermediate.dense.bias',)
    """
    module, _, kind = name.rpartition(".")
    if module in EMBEDDINGS:
        return (f"{EMBEDDINGS[module]}.{kind}",)
    if module == "pooling.dense":
        return (f"{family.transformation}.{kind}",)
    if not module.startswith("blocks."):
        return ()
    _, number, part = module.split(".", 2)
    layout = family.layout
    if part == "attention.query_key_value":
        return tuple(f"{layout.layers}.{number}.{third}.{kind}" for third in layout.query_key_value)
    return (f"{layout.layers}.{number}.{layout.layer_modules[part]}.{kind}",)


def normalise(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The same tensors without prefixes, without index buffers, and with today's endings.

    Old folders say ``bert.embeddings.LayerNorm.gamma`` where new ones say ``embeddings.LayerNorm.weight``.
    """
    plain = {_plain(name): tensor for name, tensor in tensors.items()}
    return {name: tensor for name, tensor in plain.items() if name not in BUFFERS}


def _plain(name: str) -> str:
    prefix = next((prefix for prefix in FAMILY_PREFIXES if name.startswith(prefix)), "")
    if prefix:
        return _plain(name.removeprefix(prefix))
    for old, new in LEGACY_ENDINGS.items():
        if name.endswith(old):
            return name.removesuffix(old) + new
    return name


def join(tensors: Mapping[str, Tensor], names: Mapping[str, tuple[str, ...]]) -> dict[str, Tensor]:
    """A folder's tensors by our names; query, key and value become one. What the folder cannot fill is left out.

    Args:
        tensors: a folder's tensors.
        names: our name to the folder's, as :func:`theirs` gives them.
    """
    joined: dict[str, Tensor] = {}
    for name, sources in names.items():
        parts = [tensors[source] for source in sources if source in tensors]
        if parts and len(parts) == len(sources):
            joined[name] = torch.cat(parts) if len(parts) > 1 else parts[0]
    return joined


def split(state: Mapping[str, Tensor], names: Mapping[str, tuple[str, ...]]) -> dict[str, Tensor]:
    """Our tensors by a folder's names; the reverse of :func:`join`. What has no name there is left out."""
    named: dict[str, Tensor] = {}
    for name, targets in names.items():
        parts = state[name].chunk(len(targets)) if len(targets) > 1 else (state[name],) * len(targets)
        named.update({target: part.contiguous() for target, part in zip(targets, parts, strict=True)})
    return named
