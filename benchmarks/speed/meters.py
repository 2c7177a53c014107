"""The machine's own measure: its rate of matrix products, its peak of memory, and the work in one token."""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import torch
from turns import Step, Watch

from seqwise.records import Indices

# Large enough that the rate is the machine's and not the call's.
SIDE = {"cpu": 2048, "cuda": 8192}


def watch(device: torch.device) -> Watch:
    """The processor's clock, and on a GPU the wait for what it still has to do."""
    return Watch(finish=torch.cuda.synchronize) if device.type == "cuda" else Watch()


def peak_memory_growth(device: torch.device, work: Callable[[], None]) -> float:
    """How far memory rises above where it stood while ``work`` runs, in MB of 10^6 bytes; for a process of its own.

    On a GPU its own memory; else that of the process, on Linux.
    """
    if device.type == "cuda":
        before = torch.cuda.memory_allocated()
        torch.cuda.reset_peak_memory_stats()
        work()
        return (torch.cuda.max_memory_allocated() - before) / 1e6
    before = memory_mb("VmRSS")
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak begins anew
    work()
    return memory_mb("VmHWM") - before


def memory_mb(name: str, process: int | str = "self") -> float:
    """A size from the kernel's account of a process, on Linux, in MB of 10^6 bytes.

    Args:
        name: VmRSS for all resident memory, RssAnon for that without files, VmHWM for the highest VmRSS so far.
        process: its number, or ``self``.
    """
    lines = Path(f"/proc/{process}/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith(f"{name}:"))


def matrix_product(device: torch.device, dtype: torch.dtype) -> Step:
    """A contestant whose units are floating-point operations."""
    side = SIDE[device.type]
    a, b, out = (torch.ones(side, side, device=device, dtype=dtype) for _ in range(3))

    def step() -> float:
        torch.mm(a, b, out=out)
        return 2.0 * side**3

    return step


def training_operations(config: Mapping[str, object], lengths: Indices, *, is_last_cut: bool) -> float:
    """Floating-point operations of one real token, forward and backward, in an encoder of the BERT family.

    Two a weight forward and four backward; attention's scores and sums alike. Embeddings, norms and the head are left
    out, which is less than one in a hundred.

    Args:
        config: a ``config.json``.
        lengths: tokens of each row.
        is_last_cut: whether the last block is computed for first tokens only, but for the keys and values they read.
    """
    width, inner, n_layers = (
        int(str(config[key])) for key in ("hidden_size", "intermediate_size", "num_hidden_layers")
    )
    weights = 4 * width**2 + 2 * width * inner
    seen = float(np.square(lengths.astype(np.float64)).sum() / lengths.sum())  # tokens that a mean token looks at
    whole = 2 * weights + 4 * width * seen  # of a token in a block
    if not is_last_cut:
        return 3.0 * n_layers * whole
    keys_and_values = 4 * width**2
    last = keys_and_values + (whole - keys_and_values) * len(lengths) / float(lengths.sum())
    return 3.0 * ((n_layers - 1) * whole + last)
