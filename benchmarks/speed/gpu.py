"""A network of BERT-base's size with random weights on a GPU: our bfloat16 training beside the Trainer's."""

import shutil
from functools import partial

import torch
import transformers
from arena import Measured, Ours, compete
from results import NO_CUDA, Line, Report
from task import SCRATCH, share
from trainer import Flags
from turns import Options

from seqwise.read.checkpoints import find_checkpoint

OURS, OURS_128 = "ours, bfloat16, batch 32", "ours, bfloat16, batch 128"
THEIRS, THEIRS_128 = "Trainer, group by length, bfloat16, batch 32", "Trainer, group by length, bfloat16, batch 128"
AGAINST_32 = "BERT-base against Trainer bfloat16, group by length, batch 32"
AGAINST_128 = "BERT-base against Trainer bfloat16, group by length, batch 128"
OF_PRODUCTS = "BERT-base: share of this GPU's rate of bfloat16 products, batch 128"


def run(options: Options) -> Report:
    """Spooky's rows under MiniLM's tokenizer, whose vocabulary is BERT-base's; the weights do not change the speed."""
    if not torch.cuda.is_available():
        return Report(
            lines=[Line(what, goal=">= 2", not_measured=NO_CUDA) for what in (AGAINST_32, AGAINST_128)]
            + [Line(OF_PRODUCTS, unit="", not_measured=NO_CUDA)]
        )
    folder = SCRATCH / "bert-base"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(
        find_checkpoint("all-MiniLM-L6-v2"), folder, ignore=shutil.ignore_patterns("*.safetensors", "*.bin")
    )
    torch.manual_seed(0)
    transformers.BertModel(transformers.BertConfig()).save_pretrained(folder)
    measured = compete(
        partial(share, "gpu", checkpoint=folder, device="cuda"),
        {
            OURS: Ours(32, "bfloat16"),
            THEIRS: Flags(32, order="group_by_length", is_half=True),
            OURS_128: Ours(128, "bfloat16"),
            THEIRS_128: Flags(128, order="group_by_length", is_half=True),
        },
        turns=options.turns,
        seconds=options.seconds,
    )
    return Report(
        lines=_lines(measured), figures=measured.figures(), curves=measured.curves(), spreads=options.spreads()
    )


def _lines(measured: Measured) -> list[Line]:
    return [
        Line(AGAINST_32, measured.ratio(OURS, THEIRS), ">= 2"),
        Line(AGAINST_128, measured.ratio(OURS_128, THEIRS_128), ">= 2"),
        Line(OF_PRODUCTS, measured.share_of_products(OURS_128, "bfloat16 product"), unit=""),
    ]
