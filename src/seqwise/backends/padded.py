"""The edge to engines that want rectangles: a BERT body as an ONNX file out, padded results in, logits out.

The engine computes the body alone. Its padding is gone right behind it: pooling and head see real tokens only, in
torch, so every pooling and head that there is works with every engine.
"""

import hashlib
import logging
import warnings
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from pathlib import Path
from types import ModuleType

import numpy as np
import torch
from jaxtyping import Float, Int
from numpy.typing import NDArray
from torch import Tensor, nn

from seqwise.artefact import MANIFEST, Artefact
from seqwise.backends.contract import Logits
from seqwise.batch.flat import collate
from seqwise.errors import MissingExtraError, Problem, UsageError
from seqwise.model.encoders.bert import BertEncoder
from seqwise.model.layers.attention import AttentionGroup, AttentionPlan
from seqwise.model.layers.positions import refuse_longer
from seqwise.model.network import Network
from seqwise.records import Examples, FlatTokens, UnitPlaces
from seqwise.tensors import Batch
from seqwise.version import __version__

# Token ids and attention mask, each of shape (batch, time), in; hidden states of shape (batch, time, hidden) out.
Engine = Callable[[NDArray[np.int64], NDArray[np.int64]], NDArray[np.float32]]
INPUTS = ("tokens", "attention_mask")
# Beside the model's folder, which is hashed and stays as it is.
EXPORTED = "exported"
# Largest difference of a logit between an engine and torch, both in float32; rounding makes about 1e-6.
TOLERANCE = 1e-4
# Tokens of the sequences that the two are compared on: one and many, so that there is padding to get wrong.
SAMPLE = (1, 2, 7, 16, 33)


class PaddedBody(nn.Module):
    """The blocks of a BERT encoder over padded sequences: a rectangle, in which padding is masked as a key."""

    def __init__(self, encoder: BertEncoder) -> None:
        """Take the encoder's own layers."""
        super().__init__()
        self.encoder = encoder

    def forward(
        self, tokens: Int[Tensor, "batch time"], attention_mask: Int[Tensor, "batch time"]
    ) -> Float[Tensor, "batch time hidden"]:
        """Hidden states; those of padding mean nothing. ``attention_mask`` is 1 for real tokens, else 0."""
        n_sequences, width = tokens.shape
        positions = torch.arange(width, device=tokens.device).expand(n_sequences, width)
        x = self.encoder.embeddings(tokens.flatten(), positions.flatten())
        bias = torch.zeros(n_sequences, 1, 1, width, device=x.device, dtype=x.dtype)
        bias = bias.masked_fill(attention_mask[:, None, None, :] == 0, -torch.inf)
        group = AttentionGroup(n_sequences, width, bias)
        plan = AttentionPlan(groups=(group,), gather=None, scatter=None, n_tail=0)
        for block in self.encoder.blocks:
            x = block(x, plan)
        return x.unflatten(0, (n_sequences, width))


def need(package: str, *, backend: str) -> ModuleType:
    """Import an optional package.

    Raises:
        MissingExtraError: if it is not installed.
    """
    try:
        return import_module(package)
    except ImportError as error:
        raise MissingExtraError(package=package, extra=backend, purpose=f'runtime.backend = "{backend}"') from error


def exported_body(artefact: Artefact, folder: Path, *, backend: str) -> Path:
    """The ONNX file of a model's body, made at the first call and kept in ``exported/`` beside the model's folder.

    Its name is a hash of the folder's manifest, and so of every file of the model, and of our version.

    Raises:
        UsageError: if the model is not of the BERT family.
        MissingExtraError: if it must be made and a package for that is not installed.
    """
    encoder = bert_of(artefact.network, backend)
    digest = hashlib.sha256((folder / MANIFEST).read_bytes() + __version__.encode()).hexdigest()
    path = folder.parent / EXPORTED / f"{digest[:16]}.onnx"
    if path.exists():
        return path
    for package in ("onnx", "onnxscript"):
        need(package, backend=backend)
    example = torch.ones(2, 3, dtype=torch.int64)
    axes = {0: torch.export.Dim("batch"), 1: torch.export.Dim("time")}
    with _silent_exporter():
        program = torch.onnx.export(
            PaddedBody(encoder).eval(),
            (example, example.clone()),  # one tensor given twice would be exported as one input
            dynamo=True,
            input_names=INPUTS,
            output_names=["hidden"],
            dynamic_shapes=(axes, axes),
            verbose=False,
        )
    assert program is not None
    path.parent.mkdir(exist_ok=True)
    beside = path.with_name(path.name + ".unfinished")
    program.save(beside)
    beside.replace(path)
    return path


@contextmanager
def _silent_exporter() -> Generator[None]:
    """Without the exporter's own warnings and log; what it makes is compared with torch before it answers."""
    log = logging.getLogger("torch.onnx")
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        log.setLevel(level)


def logits_of(network: Network, engine: Engine, *, backend: str) -> Logits:
    """Logits by way of an engine that computes the network's body, compared with torch's on a few padded sequences.

    Raises:
        UsageError: if the two differ by more than ``TOLERANCE``.
    """
    compute = partial(_compute, network, engine)
    batch = _sample(network, n_words=bert_of(network, backend).config.n_words)
    with torch.inference_mode():
        difference = float((compute(batch) - network(batch)).abs().max())
    if difference <= TOLERANCE:
        return compute
    raise UsageError(
        Problem(
            where=f'runtime.backend = "{backend}"',
            what=f"its logits differ from torch's by {difference:.2g} on a sample; at most {TOLERANCE:g} is allowed.",
            fix='Use runtime.backend = "torch", or another version of the engine.',
        )
    )


def bert_of(network: Network, backend: str) -> BertEncoder:
    """The encoder of a network of the BERT family.

    Raises:
        UsageError: if it is another.
    """
    if isinstance(network.encoder, BertEncoder):
        return network.encoder
    raise UsageError(
        Problem(
            where=f'runtime.backend = "{backend}"',
            what="computes the BERT family only, and this model has another encoder.",
            fix='Use runtime.backend = "torch".',
        )
    )


def _compute(network: Network, engine: Engine, batch: Batch) -> Float[Tensor, "row output"]:
    encoder = network.encoder
    assert isinstance(encoder, BertEncoder)
    refuse_longer(batch.lengths, encoder.embeddings.positions.longest)
    is_real = np.arange(max(batch.lengths)) < np.array(batch.lengths)[:, None]  # (batch, time)
    tokens = np.zeros(is_real.shape, dtype=np.int64)
    tokens[is_real] = batch.tokens.numpy()
    hidden = torch.from_numpy(engine(tokens, is_real.astype(np.int64))[is_real])  # (token, hidden)
    return network.head(hidden if network.head.reads == "hidden" else encoder.pooling(hidden, batch), batch)


def _sample(network: Network, *, n_words: int) -> Batch:
    offsets = np.cumsum([0, *SAMPLE])
    ids = np.random.default_rng(0).integers(n_words, size=offsets[-1], dtype=np.int32)
    units = None
    if network.head.reads == "hidden":  # each token a unit
        starts = np.concatenate([np.arange(n_tokens) for n_tokens in SAMPLE])
        units = UnitPlaces(
            tokens=np.stack([starts, starts + 1], axis=1), offsets=offsets, words=np.zeros(len(ids), dtype=np.int32)
        )
    n_rows = len(SAMPLE) if units is None else len(ids)
    priors = np.zeros((n_rows, network.head.n_outputs), dtype=np.float32)
    examples = Examples(tokens=FlatTokens(ids=ids, offsets=offsets), priors=priors, units=units)
    return collate(examples, np.arange(len(SAMPLE)))
