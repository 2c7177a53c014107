"""The peer: the Trainer of ``transformers`` for token classification, as its guide has it.

The first piece of a word has the word's tag, later ones -100; each batch is padded to its longest row.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from pathlib import Path
from tempfile import mkdtemp

import torch
import transformers
from conll import Sentence, tags_of, words_of
from task import Row

from seqwise.settings.root import Settings
from seqwise.settings.schedules import LinearSettings
from seqwise.settings.stations import TrainingSettings
from seqwise.train.schedule import warmup_updates

IGNORED = -100


@dataclass(frozen=True)
class TrainedTagger:
    """A trained model of the peer that gives each word a tag, and the seconds of ``Trainer.train()``."""

    trainer: transformers.Trainer
    tokenizer: transformers.PreTrainedTokenizerBase
    max_length: int
    seconds: float

    def tag(self, sentences: Sequence[Sequence[str]]) -> list[list[str]]:
        """The most probable tag of each word at its first piece; ``O`` for a word without a piece."""
        names = self.trainer.model.config.id2label
        encoded = _encode(self.tokenizer, sentences, max_length=self.max_length)
        found = self.trainer.predict(_rows(encoded)).predictions.argmax(axis=2)
        tags = [["O"] * len(words) for words in sentences]
        for number, own in enumerate(tags):
            for place, word in enumerate(first_pieces(encoded.word_ids(number))):
                if word is not None:
                    own[word] = names[int(found[number, place])]
        return tags


def train_tagger(
    sentences: Sequence[Sentence], settings: Settings, *, checkpoint: Path, has_rates_by_layer: bool
) -> TrainedTagger:
    """Train with the rates, epochs, batch size, schedule, weight decay and seed of our settings.

    Args:
        sentences: words with tags.
        settings: ours.
        checkpoint: the folder that both sides begin from.
        has_rates_by_layer: whether lower layers learn at lower rates as our settings have it; else all at the highest.
    """
    names = sorted({tag for tags in tags_of(sentences) for tag in tags})
    numbers = {name: number for number, name in enumerate(names)}
    max_length = settings.prepare.max_length
    tokenizer = transformers.AutoTokenizer.from_pretrained(checkpoint)
    encoded = _encode(tokenizer, words_of(sentences), max_length=max_length)
    rows = _rows(encoded)
    for number, own in enumerate(tags_of(sentences)):
        words = first_pieces(encoded.word_ids(number))
        rows[number]["labels"] = [IGNORED if word is None else numbers[own[word]] for word in words]
    transformers.set_seed(settings.runtime.seed)
    model = transformers.AutoModelForTokenClassification.from_pretrained(
        checkpoint, id2label=dict(enumerate(names)), label2id=numbers
    )
    trainer = transformers.Trainer(
        model=model,
        args=_arguments(settings, n_rows=len(rows)),
        train_dataset=rows,  # pyright: ignore[reportArgumentType] # a list has length and items
        data_collator=transformers.DataCollatorForTokenClassification(tokenizer),
        optimizers=(rates_by_layer(model, settings.training) if has_rates_by_layer else None, None),
    )
    trainer.remove_callback(transformers.PrinterCallback)
    seconds = trainer.train().metrics["train_runtime"]
    return TrainedTagger(trainer, tokenizer, max_length, seconds)


def first_pieces(word_ids: Sequence[int | None]) -> list[int | None]:
    """The number of each word at its first piece; None at later pieces and special tokens.

    Args:
        word_ids: of one sentence, as a fast tokenizer gives them.
    """
    return [word if word != before else None for before, word in pairwise([None, *word_ids])]


def _encode(
    tokenizer: transformers.PreTrainedTokenizerBase, sentences: Sequence[Sequence[str]], *, max_length: int
) -> transformers.BatchEncoding:
    return tokenizer(list(sentences), is_split_into_words=True, truncation=True, max_length=max_length)


def _rows(encoded: transformers.BatchEncoding) -> list[Row]:
    keys = ("input_ids", "attention_mask")
    return [dict(zip(keys, values, strict=True)) for values in zip(*(encoded[key] for key in keys), strict=True)]


def rates_by_layer(model: transformers.PreTrainedModel, training: TrainingSettings) -> torch.optim.Optimizer:
    """AdamW in which the rate of a layer is a share of the rate of the layer above, as in our optimizer."""
    top = model.config.num_hidden_layers + 2  # ours counts the pooling as a layer
    groups: dict[tuple[int, bool], list[torch.nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        groups.setdefault((_depth(name, top), parameter.ndim > 1), []).append(parameter)
    return torch.optim.AdamW(
        [
            {
                "params": parameters,
                "lr": training.learning_rate * training.layer_decay ** (top - depth),
                "weight_decay": training.weight_decay if is_decayed else 0.0,
            }
            for (depth, is_decayed), parameters in groups.items()
        ],
        betas=training.betas,
    )


def _depth(name: str, top: int) -> int:
    """0 for embeddings, from 1 on the layers, ``top`` for the classifier."""
    _, is_in_layer, rest = name.partition("encoder.layer.")
    if is_in_layer:
        return int(rest.partition(".")[0]) + 1
    return 0 if ".embeddings." in name else top


def _arguments(settings: Settings, *, n_rows: int) -> transformers.TrainingArguments:
    training = settings.training
    assert isinstance(training.schedule, LinearSettings)
    n_updates = training.epochs * ceil(n_rows / training.batch_size)
    return transformers.TrainingArguments(
        output_dir=mkdtemp(prefix="trainer-tags-"),
        per_device_train_batch_size=training.batch_size,
        per_device_eval_batch_size=training.batch_size,
        num_train_epochs=training.epochs,
        learning_rate=training.learning_rate,
        lr_scheduler_type="linear",
        warmup_steps=warmup_updates(training.schedule.warmup, n_updates),
        weight_decay=training.weight_decay,
        adam_beta1=training.betas[0],
        adam_beta2=training.betas[1],
        max_grad_norm=training.clip,
        seed=settings.runtime.seed,
        use_cpu=True,
        dataloader_pin_memory=False,
        save_strategy="no",
        logging_strategy="no",
        report_to="none",
        disable_tqdm=True,
    )
