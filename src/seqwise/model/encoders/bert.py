"""Flat token ids in, hidden states of BERT, RoBERTa, ELECTRA, DistilBERT or MiniLM out, computed without padding."""

from collections.abc import Mapping
from pathlib import Path
from typing import cast

from jaxtyping import Float, Int
from torch import Tensor, nn

from seqwise.errors import Problem, UsageError
from seqwise.model.bert_config import ACTIVATIONS, BertConfig, read_bert_config
from seqwise.model.bert_names import join, normalise, theirs
from seqwise.model.contracts import Encoder, EncoderSpec, Vocabulary
from seqwise.model.layers.attention import AttentionPlan, FlatSelfAttention, append_tail, plan_attention
from seqwise.model.layers.block import Block, FeedForward
from seqwise.model.layers.dropout import Dropout
from seqwise.model.layers.embeddings import WordTable
from seqwise.model.layers.pooling import build_pooling
from seqwise.model.layers.positions import LearnedPositions, refuse_longer
from seqwise.model.weights import LoadReport, check_shapes, read_config, read_tensors, shown
from seqwise.settings.encoders import BertSettings
from seqwise.settings.frozen import Frozen
from seqwise.tensors import Batch, Encoded


class BertEmbeddings(nn.Module):
    """Word, position and token-type vectors, their sum normalised (Devlin et al. 2019, figure 2)."""

    def __init__(self, config: BertConfig, *, dropout: float) -> None:
        """Make the tables; ELECTRA's narrow embeddings get a projection."""
        super().__init__()
        self.words = WordTable(config.n_words, config.embedding)
        self.positions = LearnedPositions(config.n_positions, config.embedding, first=config.first_position)
        self.types = nn.Embedding(config.n_types, config.embedding) if config.n_types else None
        self.norm = nn.LayerNorm(config.embedding, eps=config.norm_epsilon)
        self.dropout = Dropout(dropout)
        is_narrow = config.embedding != config.width
        self.projection = nn.Linear(config.embedding, config.width) if is_narrow else None

    def forward(self, tokens: Int[Tensor, " token"], positions: Int[Tensor, " token"]) -> Float[Tensor, "token hidden"]:
        """The first hidden states; every token is of type 0, as one sequence a row is."""
        x = self.words(tokens) + self.positions(positions)
        if self.types is not None:
            x = x + self.types.weight[0]
        x = self.dropout(self.norm(x))
        return x if self.projection is None else self.projection(x)


class FirstToken(nn.Module):
    """The layer that the architecture's own sequence classifier puts above the first token."""

    def __init__(self, config: BertConfig, *, dropout: float) -> None:
        """Make the layer; where the family has a dropout before it, ``dropout`` is its share."""
        super().__init__()
        self.dropout = Dropout(dropout if config.family.has_first_dropout else 0.0)
        self.dense = nn.Linear(config.width, config.width)
        self.activation = ACTIVATIONS[config.family.activation]()

    def forward(self, hidden: Float[Tensor, "token hidden"], batch: Batch) -> Float[Tensor, "batch hidden"]:
        """One vector a sequence, from its first token."""
        return self.above(hidden.index_select(0, batch.offsets[:-1]))

    def above(self, first: Float[Tensor, "batch hidden"]) -> Float[Tensor, "batch hidden"]:
        """One vector a sequence, from the states of the first tokens."""
        return self.activation(self.dense(self.dropout(first)))


class BertEncoder(Encoder):
    """The flat BERT family.

    Devlin, Chang, Lee and Toutanova (2019), BERT, https://arxiv.org/abs/1810.04805; Liu et al. (2019), RoBERTa,
    https://arxiv.org/abs/1907.11692; Clark et al. (2020), ELECTRA, https://arxiv.org/abs/2003.10555; Sanh et al.
    (2019), DistilBERT, https://arxiv.org/abs/1910.01108; Wang et al. (2020), MiniLM, https://arxiv.org/abs/2002.10957.

    Attributes:
        config: the folder's sizes and constants.
        has_first_token: whether pooling is the architecture's own.
        report: what was loaded, or None for new weights.
    """

    def __init__(self, config: BertConfig, settings: BertSettings) -> None:
        """Make the layers with torch's own first weights; see :func:`build_bert`."""
        super().__init__()
        self.config = config
        self.width = config.width
        self.n_layers = config.n_layers
        self.has_first_token = settings.pooling == "first"
        self.report: LoadReport | None = None
        dropout = config.dropout if settings.dropout is None else settings.dropout
        asked = settings.dropout if settings.attention_dropout is None else settings.attention_dropout
        self.attention_dropout = config.attention_dropout if asked is None else asked
        classifier_dropout = config.classifier_dropout if settings.dropout is None else settings.dropout
        self.embeddings = BertEmbeddings(config, dropout=dropout)
        self.blocks = nn.ModuleList(
            _block(config, dropout=dropout, attention_dropout=self.attention_dropout) for _ in range(config.n_layers)
        )
        if settings.pooling == "first":
            self.pooling: nn.Module = FirstToken(config, dropout=classifier_dropout)
        else:
            self.pooling = build_pooling(settings.pooling, config.width)

    def forward(self, batch: Batch) -> Encoded:
        """Encode a flat batch.

        Raises:
            UsageError: if a sequence is longer than the learnt positions.
        """
        x, plan = self._below_last(batch)
        hidden = self.blocks[-1](x, plan)[: batch.n_tokens]
        return Encoded(hidden=hidden, pooled=self.pooling(hidden, batch))

    def pool(self, batch: Batch) -> Float[Tensor, "batch hidden"]:
        """The vectors of the sequences; where they come from first tokens, the last block computes no others.

        Raises:
            UsageError: if a sequence is longer than the learnt positions.
        """
        if not isinstance(self.pooling, FirstToken):
            return self(batch).pooled
        x, _ = self._below_last(batch)
        return self.pooling.above(cast(Block, self.blocks[-1]).first(x, batch))

    def _below_last(self, batch: Batch) -> tuple[Float[Tensor, "token_and_tail hidden"], AttentionPlan]:
        """What the last block is given."""
        refuse_longer(batch.lengths, self.embeddings.positions.longest)
        x = self.embeddings(batch.tokens, batch.positions)
        plan = plan_attention(batch, kind=x.dtype, dropout=self.attention_dropout if self.training else 0.0)
        x = append_tail(x, plan)
        for block in list(self.blocks)[:-1]:
            x = block(x, plan)
        return x, plan

    def word_vectors(self) -> Float[Tensor, "vocab vector"]:
        """The rows of the table of words."""
        return self.embeddings.words.weight

    def depth(self, parameter: str) -> int:
        """0 for embeddings, 1 to ``n_layers`` for the blocks, ``n_layers + 1`` for the pooling."""
        place, number = parameter.split(".")[:2]
        if place == "embeddings":
            return 0
        return int(number) + 1 if place == "blocks" else self.n_layers + 1


def _block(config: BertConfig, *, dropout: float, attention_dropout: float) -> Block:
    activation = ACTIVATIONS[config.activation]()
    return Block(
        FlatSelfAttention(config.width, config.n_heads, dropout=attention_dropout),
        FeedForward(config.width, config.feed_forward, activation=activation),
        attention_norm=nn.LayerNorm(config.width, eps=config.norm_epsilon),
        feed_forward_norm=nn.LayerNorm(config.width, eps=config.norm_epsilon),
        dropout=dropout,
        is_pre_norm=False,
    )


def build_bert(config: Mapping[str, object], settings: BertSettings) -> BertEncoder:
    """An encoder with new weights: normal with the config's ``initializer_range``, biases 0, norms 1.

    Args:
        config: the mapping of a ``config.json``.
        settings: the encoder's settings; ``checkpoint`` is named in messages only.

    Raises:
        UsageError: for a config that we cannot compute.
    """
    encoder = BertEncoder(read_bert_config(config, where=f"{settings.checkpoint}/config.json"), settings)
    for name, parameter in encoder.named_parameters():
        if parameter.ndim > 1:
            nn.init.normal_(parameter, std=encoder.config.initial_deviation)
        elif name.endswith("bias"):
            nn.init.zeros_(parameter)
    return encoder


def load_checkpoint(encoder: BertEncoder, folder: Path) -> LoadReport:
    """Fill an encoder from a folder of the same ``config.json``; the report also stays on the encoder.

    A missing layer above the first token keeps its new weights and is reported, as a bare body does not have one.

    Args:
        encoder: what :func:`build_bert` gave.
        folder: holds the weights.

    Raises:
        UsageError: if tensors of the body are missing, or are there and have no place in it, or differ in shape.
        DataError: if a file is broken.
    """
    family = encoder.config.family
    tensors = normalise(read_tensors(folder))
    state = encoder.state_dict()
    asked = {name: theirs(name, family) for name in state}
    found = join(tensors, asked)
    absent = {source: name for name, sources in asked.items() for source in sources if source not in tensors}
    used = [source for name in found for source in asked[name]]
    unexpected = tuple(sorted(tensors.keys() - set(used)))
    _refuse_another_body(
        [source for source, name in absent.items() if not name.startswith("pooling.")],
        [source for source in unexpected if source.startswith(("embeddings", family.layout.layers))],
        folder,
    )
    check_shapes(found, state, where=str(folder))
    encoder.load_state_dict(found, strict=False)
    encoder.report = LoadReport(loaded=tuple(used), missing=tuple(absent), unexpected=unexpected)
    return encoder.report


def _refuse_another_body(missing: list[str], left_over: list[str], folder: Path) -> None:
    faults = [
        Problem(str(folder), f"{what}: {shown(names)}.", "The weights and config.json are not of one model.")
        for what, names in (
            ("tensors of the encoder are missing", missing),
            ("tensors have no place in the encoder", left_over),
        )
        if names
    ]
    if faults:
        raise UsageError(faults)


def _build(settings: Frozen, vocabulary: Vocabulary) -> BertEncoder:
    settings = cast(BertSettings, settings)
    folder = Path(settings.checkpoint)
    encoder = build_bert(read_config(folder), settings)
    n_words = encoder.config.n_words
    if vocabulary.size > n_words:
        raise UsageError(
            Problem(
                where=str(folder),
                what=f"the tokenizer knows {vocabulary.size} tokens, and the encoder has vectors for {n_words}.",
                fix="Use the tokenizer of the checkpoint.",
            )
        )
    load_checkpoint(encoder, folder)
    return encoder


ENCODER = EncoderSpec(
    name="bert",
    settings=BertSettings,
    build=_build,
    paper="Devlin, Chang, Lee and Toutanova 2019, https://arxiv.org/abs/1810.04805",
)
