"""A trained model in, its logits by torch out: the products inside a BERT's blocks in 8-bit integers, on the processor.

Batches stay flat. Embeddings, attention, norms, pooling and head compute in float32.
"""

import warnings
from pathlib import Path
from typing import cast

import torch
from jaxtyping import Float
from torch import Tensor, nn

from seqwise.artefact import Artefact
from seqwise.backends.contract import BackendSpec, Logits
from seqwise.backends.padded import bert_of
from seqwise.errors import Problem, UsageError
from seqwise.model.encoders.bert import BertEncoder
from seqwise.model.layers.block import Block
from seqwise.runtime import Machine

# The library of torch whose products these are; it is built for x86 only.
LIBRARY = "fbgemm"
# Numbers on each side of zero. Two products of an input and a weight must add up within 16 bits, as processors without
# VNNI add them: (127 + 128) * 63 * 2 is below 2^15, and (127 + 128) * 127 * 2 is not.
INPUT_LEVELS, WEIGHT_LEVELS = 127, 63
# Inputs are stored without a sign: what stands for 0.
ZERO = 128
# Keeps a token, or a unit's weights, of nothing but zeros from being divided by 0.
LEAST = 1e-12


class IntegerLinear(nn.Module):
    """A linear layer that multiplies integers: 8 bits an input, 7 bits a weight, 32 bits a sum.

    Each token is scaled by its own largest magnitude, so its result is the same in any batch, and the weights of each
    unit by theirs (Yao et al. 2022, ZeroQuant, https://arxiv.org/abs/2206.01861: token-wise activations).
    """

    def __init__(self, linear: nn.Linear) -> None:
        """Round the weights of a trained layer; it is not kept."""
        super().__init__()
        weight = linear.weight.detach()
        scales = weight.abs().amax(dim=1).clamp_min(LEAST) / WEIGHT_LEVELS
        zeros = torch.zeros(len(weight), dtype=torch.int64)
        before = torch.backends.quantized.engine
        torch.backends.quantized.engine = LIBRARY
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # torch will give up these tensors one day; _build looks for them
                rounded = torch.quantize_per_channel(weight, scales.double(), zeros, 0, torch.qint8)
            self.packed = torch.ops.quantized.linear_prepack(rounded, None)
        finally:
            torch.backends.quantized.engine = before
        self.bias = linear.bias.detach()

    def forward(self, x: Float[Tensor, "token input"]) -> Float[Tensor, "token unit"]:
        """Each token by itself."""
        largest = x.abs().amax(dim=1, keepdim=True).clamp_min_(LEAST)  # aminmax takes ten times as long
        product = torch.ops.quantized.linear_with_input_q_dq_qweight_dq_output_fp32(
            x / largest, 1 / INPUT_LEVELS, ZERO, self.packed
        )
        return torch.addcmul(self.bias, product, largest)


def round_blocks(encoder: BertEncoder) -> None:
    """Put integers in the place of every linear layer of the blocks, but for one.

    The last block's queries, keys and values stay: read at its first token, that block takes their weights apart.
    """
    kept = cast(Block, encoder.blocks[-1]).attention.query_key_value
    for module in list(encoder.blocks.modules()):
        for name, child in list(module.named_children()):
            if isinstance(child, nn.Linear) and child is not kept:
                setattr(module, name, IntegerLinear(child))


def _build(artefact: Artefact, _: Path, __: Machine) -> Logits:
    if LIBRARY not in torch.backends.quantized.supported_engines or "quantize_per_channel" not in dir(torch):
        raise UsageError(
            Problem(
                where='backend "int8"',
                what="this torch multiplies no 8-bit integers on this processor.",
                fix='Use backend "torch".',
            )
        )
    round_blocks(bert_of(artefact.network, "int8"))
    return artefact.network


BACKEND = BackendSpec(name="int8", build=_build, source="https://docs.pytorch.org/FBGEMM", is_exact=False)
