"""A trained network of the BERT family in, tensors and a config that ``transformers`` opens out; and the way back."""

from collections.abc import Mapping, Sequence

from torch import Tensor

from seqwise.model.bert_names import Family, join, split, theirs
from seqwise.model.encoders.bert import BertEncoder
from seqwise.model.network import Network

# Before the names of tensors that transformers has no place for.
OWN = "seqwise."
SEQUENCE, TOKENS, BODY = "ForSequenceClassification", "ForTokenClassification", "Model"
# True of the folder that training began from, and not of the trained network: code, classes, labels, precision.
_STALE = ("auto_map", "custom_pipelines", "architectures", "id2label", "label2id", "num_labels", "torch_dtype")


def to_hugging_face(
    network: Network, state: Mapping[str, Tensor], *, labels: Sequence[str]
) -> tuple[dict[str, Tensor], dict[str, object]]:
    """Name the tensors as ``transformers`` does.

    Pooling by the first token under one linear layer is the architecture's own sequence classifier: the folder opens
    with ``AutoModelForSequenceClassification`` and gives the same logits. One linear layer above every token is its own
    token classifier, for ``AutoModelForTokenClassification``; a unit's tag is read at its first token. Any other
    network is written as a bare body, which ``AutoModel`` opens, with pooling and head beside it under ``seqwise.``.

    Args:
        network: its encoder is of the BERT family.
        state: the network's tensors by our names.
        labels: names of the outputs in order.

    Returns:
        Tensors by their names, and the mapping for ``config.json``.
    """
    encoder = _bert(network)
    architecture = encoder.config.family.architecture
    config: dict[str, object] = {key: value for key, value in encoder.config.raw.items() if key not in _STALE}
    config["dtype"] = "float32"
    kind = _kind(network)
    config["architectures"] = [f"{architecture}{kind}"]
    if kind == SEQUENCE:
        config["problem_type"] = "single_label_classification"
    if kind != BODY:
        config["id2label"] = {str(i): label for i, label in enumerate(labels)}
        config["label2id"] = {label: i for i, label in enumerate(labels)}
    return split(state, _names(network)), config


def from_hugging_face(network: Network, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors of :func:`to_hugging_face` by our names again.

    Args:
        network: built with the same settings; only its names are read.
        tensors: the folder's tensors. One that is missing is left out, for the caller's loading to tell.
    """
    return join(tensors, _names(network))


def _bert(network: Network) -> BertEncoder:
    assert isinstance(network.encoder, BertEncoder)
    return network.encoder


def _kind(network: Network) -> str:
    """What the network is to ``transformers``."""
    # One weight and one bias: a head with layers, a chain or a baseline to stand on has more.
    if len(network.head.state_dict()) > 2:
        return BODY
    if network.head.reads == "hidden":
        return BODY if any(True for _ in _bert(network).pooling.parameters()) else TOKENS
    return SEQUENCE if _bert(network).has_first_token else BODY


def _names(network: Network) -> dict[str, tuple[str, ...]]:
    """Our name of every tensor of the network to its names in the folder."""
    family = _bert(network).config.family
    name_of = {SEQUENCE: _in_classifier, TOKENS: _in_token_classifier, BODY: _beside_body}[_kind(network)]
    return {name: name_of(name, family) for name in network.state_dict()}


def _in_classifier(name: str, family: Family) -> tuple[str, ...]:
    part, _, inner = name.partition(".")
    if part == "head":
        return (f"{family.classifier}.{inner.rpartition('.')[2]}",)
    is_beside_body = inner.startswith("pooling.") and not family.has_pooler
    prefix = "" if is_beside_body else family.prefix
    return tuple(prefix + found for found in theirs(inner, family))


def _in_token_classifier(name: str, family: Family) -> tuple[str, ...]:
    part, _, inner = name.partition(".")
    if part == "head":
        return (f"classifier.{inner.rpartition('.')[2]}",)
    return tuple(family.prefix + found for found in theirs(inner, family))


def _beside_body(name: str, family: Family) -> tuple[str, ...]:
    part, _, inner = name.partition(".")
    found = theirs(inner, family) if part == "encoder" else ()
    is_foreign_to_body = inner.startswith("pooling.") and not family.has_pooler
    return found if found and not is_foreign_to_body else (OWN + name,)
