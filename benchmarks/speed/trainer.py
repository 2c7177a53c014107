"""The peer: the Trainer of ``transformers`` with a collator that pads each batch to its longest row."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from tempfile import mkdtemp
from typing import Literal

import torch
import transformers
from stepped import SteppedTraining, Update
from task import EPOCHS, RATE, Row


@dataclass(frozen=True)
class Flags:
    """What users set: batch size, order of the rows, bfloat16, seed."""

    batch_size: int = 32
    order: Literal["random", "group_by_length", "sequential"] = "random"
    is_half: bool = False
    seed: int = 0


def trainer_training(
    model: transformers.PreTrainedModel,
    tokenizer: transformers.PreTrainedTokenizerBase,
    *,
    rows: Sequence[Row],
    flags: Flags,
    device: torch.device,
) -> SteppedTraining:
    """A run of ``Trainer.train()``."""

    def run(pause: Callable[[Update], None]) -> None:
        trainer = transformers.Trainer(
            model=model,
            args=_arguments(flags, device),
            train_dataset=rows,  # pyright: ignore[reportArgumentType] # a list has length and items
            data_collator=transformers.DataCollatorWithPadding(tokenizer),
            callbacks=[_HandOver(model, pause)],
        )
        trainer.remove_callback(transformers.PrinterCallback)
        trainer.train()

    return SteppedTraining(run)


class _HandOver(transformers.TrainerCallback):
    """Notes what the model saw, and pauses after each step."""

    def __init__(self, model: torch.nn.Module, pause: Callable[[Update], None]) -> None:
        self._pause = pause
        self._seen: Update | None = None
        model.register_forward_hook(self._note, with_kwargs=True)

    def _note(
        self, model: torch.nn.Module, _: object, inputs: dict[str, torch.Tensor], output: dict[str, torch.Tensor]
    ) -> None:
        if not model.training:
            return
        mask = inputs["attention_mask"]
        self._seen = Update(n_rows=len(mask), n_tokens=mask.sum(), loss=output["loss"].detach())

    def on_step_end(self, *_: object, **__: object) -> None:
        assert self._seen is not None
        self._pause(self._seen)


def _arguments(flags: Flags, device: torch.device) -> transformers.TrainingArguments:
    return transformers.TrainingArguments(
        output_dir=mkdtemp(prefix="trainer-speed-"),
        per_device_train_batch_size=flags.batch_size,
        train_sampling_strategy=flags.order,
        bf16=flags.is_half,
        learning_rate=RATE,
        lr_scheduler_type="constant",
        num_train_epochs=EPOCHS,
        seed=flags.seed,
        use_cpu=device.type == "cpu",
        dataloader_pin_memory=device.type != "cpu",
        save_strategy="no",
        logging_strategy="no",
        report_to="none",
        disable_tqdm=True,
    )
