"""The machine: device, precision, threads and seeds, said once and in one place; and what the run can say about it."""

import ctypes
import os
import platform
import resource
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

import torch

from seqwise.errors import Problem, UsageError

# Instruction sets whose bfloat16 products outrun float32; elsewhere torch emulates them, up to 100 times slower.
FAST_BFLOAT16_FLAGS = frozenset({"amx_bf16", "avx512_bf16"})
# Of malloc.h: never give memory back (M_TRIM_THRESHOLD), and take large blocks from the heap too (M_MMAP_MAX).
MALLOC_OPTIONS = {-1: 2**31 - 1, -4: 0}
VERSIONED = ("seqwise", "torch", "tokenizers", "safetensors", "numpy", "polars", "scikit-learn")


@dataclass(frozen=True)
class Machine:
    """Where and in what precision the network computes."""

    device: torch.device
    dtype: torch.dtype
    threads: int

    def sentence(self) -> str:
        """One line for people: device, precision and why, threads."""
        reason = "multiplied fast here" if self.dtype is torch.bfloat16 else "bfloat16 is not fast here"
        chosen = str(self.dtype).removeprefix("torch.")
        return f"{self.device.type}, {chosen} ({reason}), {self.threads} threads"


def set_up(
    *,
    device: Literal["auto", "cpu", "cuda"],
    precision: Literal["auto", "float32", "bfloat16"],
    threads: int,
) -> Machine:
    """Choose device and precision and set the number of threads.

    Raises:
        UsageError: if ``device`` is cuda and torch sees no GPU.
    """
    if device == "cuda" and not torch.cuda.is_available():
        raise UsageError(
            Problem(
                where="runtime.device", what='found "cuda", but torch sees no GPU here.', fix='Use "auto" or "cpu".'
            )
        )
    kind = "cuda" if device != "cpu" and torch.cuda.is_available() else "cpu"
    if threads > 0:
        torch.set_num_threads(threads)
    if kind == "cpu":
        _keep_freed_memory()
    is_half = precision == "bfloat16" or (precision == "auto" and bfloat16_is_fast(kind))
    return Machine(
        device=torch.device(kind),
        dtype=torch.bfloat16 if is_half else torch.float32,
        threads=torch.get_num_threads(),
    )


def _keep_freed_memory() -> None:
    """Ask glibc to keep what is freed: each step takes and frees the same large blocks, and fresh pages are slow.

    Fine-tuning all-MiniLM-L6-v2 gains 3 to 9 % (docs/log.md). Where there is no ``mallopt``, nothing happens.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return
    for option, value in MALLOC_OPTIONS.items():
        mallopt(option, value)


def bfloat16_is_fast(kind: str) -> bool:
    """Whether this device multiplies bfloat16 in hardware."""
    if kind == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return bool(FAST_BFLOAT16_FLAGS & processor_flags())


def processor_flags() -> frozenset[str]:
    """The instruction sets that the kernel names, or none where it names none."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        return frozenset()
    for line in text.splitlines():
        if line.startswith("flags"):
            return frozenset(line.split(":", 1)[1].split())
    return frozenset()


def seed_step(seed: int, step: int) -> None:
    """Seed torch's generators for one step, so that dropout is a function of (seed, step) alone.

    The two numbers are mixed by the finaliser of splitmix64 (Steele, Lea, Flood 2014), so that neighbours differ.
    """
    mixed = (seed * 0x9E3779B97F4A7C15 + step + 1) & 0xFFFFFFFFFFFFFFFF
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & 0xFFFFFFFFFFFFFFFF
    torch.manual_seed(mixed ^ (mixed >> 31))


def peak_memory_mb() -> float:
    """Highest resident memory of this process so far, in MB of 10^6 bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


def describe(machine: Machine) -> dict[str, object]:
    """Versions and machine for ``environment.json``."""
    return {
        "versions": {name: _version(name) for name in VERSIONED} | {"python": platform.python_version()},
        "machine": {
            "system": platform.platform(),
            "processor": _processor_name(),
            "cores": os.cpu_count(),
            "device": _device_name(machine.device),
            "precision": str(machine.dtype).removeprefix("torch."),
            "threads": machine.threads,
        },
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _device_name(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu"


def _processor_name() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        return platform.processor()
    names = [line.split(":", 1)[1].strip() for line in text.splitlines() if line.startswith("model name")]
    return names[0] if names else platform.processor()
