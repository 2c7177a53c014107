"""Fine-tuning all-MiniLM-L6-v2 on Spooky: our loop beside the Trainer as documented and with its best flags."""

from functools import partial

from arena import Contestant, Measured, Ours, compete
from results import NO_FAST_BFLOAT16, Line, Report
from task import share
from trainer import Flags
from turns import Options

from seqwise.runtime import bfloat16_is_fast

FLOAT32, FLOAT32_128 = "ours, float32, batch 32", "ours, float32, batch 128"
HALF, HALF_128 = "ours, bfloat16, batch 32", "ours, bfloat16, batch 128"
DOCUMENTED = "Trainer, dynamic padding, float32, batch 32"
GROUPED = "Trainer, group by length, float32, batch 32"
FLAGS, FLAGS_128 = "Trainer, group by length, bfloat16, batch 32", "Trainer, group by length, bfloat16, batch 128"


def run(options: Options) -> Report:
    """All contestants of the lines in one process."""
    has_half = bfloat16_is_fast("cpu")
    contestants: dict[str, Contestant] = {
        FLOAT32: Ours(32),
        DOCUMENTED: Flags(32),
        FLOAT32_128: Ours(128),
        GROUPED: Flags(32, order="group_by_length"),
    }
    if has_half:
        contestants |= {
            HALF: Ours(32, "bfloat16"),
            FLAGS: Flags(32, order="group_by_length", is_half=True),
            HALF_128: Ours(128, "bfloat16"),
            FLAGS_128: Flags(128, order="group_by_length", is_half=True),
        }
    measured = compete(partial(share, "fine-tune"), contestants, turns=options.turns, seconds=options.seconds)
    return Report(
        lines=[*_lines(measured), *(_half_lines(measured) if has_half else _no_half_lines())],
        figures=measured.figures(),
        curves=measured.curves(),
        spreads=options.spreads(),
    )


def _lines(measured: Measured) -> list[Line]:
    fastest = measured.best([name for name in measured.trainings if name in (FLOAT32, HALF)])
    return [
        Line(AS_DOCUMENTED, measured.ratio(fastest, DOCUMENTED), ">= 8"),
        Line(BEST_FLOAT32, measured.ratio(FLOAT32, GROUPED), ">= 1.15"),
    ]


def _half_lines(measured: Measured) -> list[Line]:
    ours, theirs = measured.best([HALF, HALF_128]), measured.best([FLAGS, FLAGS_128])
    return [
        Line(BEST_FLAGS, measured.ratio(HALF, FLAGS), ">= 1.9"),
        Line(f"{BEST_FLAGS}, each at its best batch", measured.ratio(ours, theirs), ">= 1.9"),
        Line(OF_PRODUCTS, measured.share_of_products(HALF_128, "bfloat16 product"), ">= 0.3", unit=""),
    ]


def _no_half_lines() -> list[Line]:
    return [
        Line(BEST_FLAGS, goal=">= 1.9", not_measured=NO_FAST_BFLOAT16),
        Line(f"{BEST_FLAGS}, each at its best batch", goal=">= 1.9", not_measured=NO_FAST_BFLOAT16),
        Line(OF_PRODUCTS, goal=">= 0.3", unit="", not_measured=NO_FAST_BFLOAT16),
    ]


AS_DOCUMENTED = "ours against Trainer as documented (dynamic padding, float32), batch 32, real tokens/s"
BEST_FLOAT32 = "float32 against Trainer's best float32 (group by length), batch 32"
BEST_FLAGS = "against Trainer's best flags (group by length, bfloat16), batch 32"
OF_PRODUCTS = "share of this machine's rate of bfloat16 products, batch 128"
