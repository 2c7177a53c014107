"""States of flat tokens in, one vector for each unit out: for a word, from the pieces or characters that it has."""

from collections.abc import Callable
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

from seqwise.tensors import Units

UnitPoolingName = Literal["first", "mean", "ends"]


def first(hidden: Float[Tensor, "token hidden"], units: Units) -> Float[Tensor, "unit hidden"]:
    """The state of each unit's first token (Devlin et al. 2019, section 5.3)."""
    return hidden.index_select(0, units.starts)


def mean(hidden: Float[Tensor, "token hidden"], units: Units) -> Float[Tensor, "unit hidden"]:
    """The mean of each unit's states; units may share tokens. The sums run at least in float32."""
    counts = units.ends - units.starts
    numbers = torch.arange(len(counts), device=counts.device).repeat_interleave(counts)
    places = torch.arange(len(numbers), device=counts.device) - (counts.cumsum(0) - counts - units.starts)[numbers]
    kind = torch.promote_types(hidden.dtype, torch.float32)
    total = hidden.new_zeros((len(counts), hidden.shape[1]), dtype=kind)
    total = total.index_add(0, numbers, hidden.index_select(0, places).to(kind))
    return (total / counts.unsqueeze(1)).to(hidden.dtype)


def ends(hidden: Float[Tensor, "token hidden"], units: Units) -> Float[Tensor, "unit two_hidden"]:
    """The states of each unit's first and last token, joined.

    Over characters read both ways this holds what Ling et al. (2015), https://aclanthology.org/D15-1176, and Lample et
    al. (2016), https://arxiv.org/abs/1603.01360, section 4.1, join: the state forward at the last character of a word
    and the state backward at the first. The characters here are those of the whole text, so the states know the
    neighbours too.
    """
    return torch.cat([hidden.index_select(0, units.starts), hidden.index_select(0, units.ends - 1)], dim=1)


UNIT_POOLINGS: dict[UnitPoolingName, Callable[[Tensor, Units], Tensor]] = {"first": first, "mean": mean, "ends": ends}
