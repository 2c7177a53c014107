"""How a column becomes numbers: raw values in, examples' values, a vocabulary and padded tensors out."""

import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import torch
from torch import Tensor

from seqwise.errors import DataError, Problem, UsageError, did_you_mean
from seqwise.legacy.torchtext.data.dataset import Dataset
from seqwise.legacy.torchtext.vocab import UnkInit, Vectors, Vocab

Tokenize = Callable[[str], Sequence[str]]


@dataclass(eq=False)
class Field:
    """A column and how its values become a tensor; the arguments are those of torchtext, in their order.

    Attributes:
        sequential: whether a value is a sequence of tokens; else it is one value, such as a label.
        use_vocab: whether tokens are numbered by a vocabulary; else they are numbers already.
        init_token: stands before each sequence; None: nothing does.
        eos_token: stands behind each sequence; None: nothing does.
        fix_length: tokens of every sequence, after cutting and padding; None: as many as the longest of a batch has.
        dtype: of the tensor.
        preprocessing: the tokens of an example to what the example holds.
        postprocessing: the numbers of a batch and the vocabulary to what the tensor is made of.
        lower: whether text is put in lower case.
        tokenize: text to tokens; None: ``str.split``.
        tokenizer_language: not read; torchtext passed it to spaCy.
        include_lengths: whether a batch holds the tensor and the lengths without padding.
        batch_first: whether the tensor's shape is (batch, time); else it is (time, batch).
        pad_token: fills sequences up.
        unk_token: stands for tokens that the vocabulary lacks; None: such a token is an error.
        pad_first: whether padding stands before the tokens.
        truncate_first: whether too long sequences are cut at their beginning.
        stop_words: tokens that are left out.
        is_target: whether ``for x, y in iterator`` gives it as y.
    """

    sequential: bool = True
    use_vocab: bool = True
    init_token: str | None = None
    eos_token: str | None = None
    fix_length: int | None = None
    dtype: torch.dtype = torch.long
    preprocessing: Callable[[Any], Any] | None = None
    postprocessing: Callable[[list[Any], Vocab | None], list[Any]] | None = None
    lower: bool = False
    tokenize: Tokenize | str | None = None
    tokenizer_language: str = "en"
    include_lengths: bool = False
    batch_first: bool = False
    pad_token: Any = "<pad>"
    unk_token: str | None = "<unk>"
    pad_first: bool = False
    truncate_first: bool = False
    stop_words: Iterable[str] | None = None
    is_target: bool = False
    vocab: Vocab | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        """Settle what follows from the arguments.

        Raises:
            UsageError: if ``tokenize`` names a tokenizer; only functions are taken.
        """
        if isinstance(self.tokenize, str):
            what = f'found "{self.tokenize}"; allowed: a function from a text to tokens, or None for str.split.'
            fix = 'For spaCy: nlp = spacy.blank("en"), then tokenize=lambda text: [word.text for word in nlp(text)].'
            raise UsageError(Problem("tokenize", what, fix))
        self.pad_token = self.pad_token if self.sequential else None
        self.stop_words = frozenset(self.stop_words or ())

    def preprocess(self, value: Any) -> Any:
        """A raw value as an example holds it: cut into tokens, in lower case, without stop words."""
        if self.sequential and isinstance(value, str):
            text = value.rstrip("\n")
            value = list(self.tokenize(text)) if callable(self.tokenize) else text.split()
        if self.lower:
            value = value.lower() if isinstance(value, str) else [token.lower() for token in value]
        if self.sequential and self.use_vocab and self.stop_words:
            value = [token for token in value if token not in self.stop_words]
        return value if self.preprocessing is None else self.preprocessing(value)

    def build_vocab(
        self,
        *sources: Iterable[Any],
        max_size: int | None = None,
        min_freq: int = 1,
        specials: Sequence[str] = (),
        vectors: str | Vectors | Sequence[str | Vectors] | None = None,
        unk_init: UnkInit | None = None,
        vectors_cache: str = ".vector_cache",
    ) -> None:
        """Count the tokens of datasets, or of columns, and keep the vocabulary as ``vocab``.

        A label field with an unknown token is warned of: the unknown token becomes class 0.

        Args:
            sources: datasets, of which all columns of this field are counted; or values.
            max_size: most tokens, the special ones not counted; None: all.
            min_freq: rarer tokens are left out.
            specials: more special tokens, behind those of the field.
            vectors: of the tokens; see ``Vocab``.
            unk_init: of tokens without a vector.
            vectors_cache: folder where files of vectors are looked for.

        Raises:
            UsageError: if a dataset has no column of this field.
        """
        counts: Counter[str] = Counter()
        for column in chain.from_iterable(map(self._columns, sources)):
            for value in column:
                counts.update(value if self.sequential else [value])
        own = (self.unk_token, self.pad_token, self.init_token, self.eos_token, *specials)
        self.vocab = Vocab(
            counts,
            max_size,
            min_freq,
            specials=tuple(dict.fromkeys(token for token in own if token is not None)),
            vectors=vectors,
            unk_init=unk_init,
            vectors_cache=vectors_cache,
            unk_token=self.unk_token,
        )
        if not self.sequential and self.unk_token in self.vocab.stoi:
            told = f'"{self.unk_token}" is class 0 of {len(self.vocab)}, and no row has it (GR-LABELSPACE).'
            warnings.warn(f"{told} Use LabelField(), or Field(sequential=False, unk_token=None).", stacklevel=2)

    def process(self, values: Sequence[Any], device: torch.device | None = None) -> Tensor | tuple[Tensor, Tensor]:
        """The values of a batch as a padded tensor, with their lengths if the field includes them."""
        return self.numericalize(self.pad(values), device)

    def pad(self, values: Sequence[Any]) -> Any:
        """Sequences cut and filled up to one length, with their lengths if the field includes them."""
        values = list(values)
        if not self.sequential:
            return values
        before = [] if self.init_token is None else [self.init_token]
        behind = [] if self.eos_token is None else [self.eos_token]
        longest = max(map(len, values), default=0)
        if self.fix_length is not None:
            longest = max(0, self.fix_length - len(before) - len(behind))
        cut = [
            list(value[max(0, len(value) - longest) :] if self.truncate_first else value[:longest]) for value in values
        ]
        full = [before + value + behind for value in cut]
        padding = [[self.pad_token] * (longest - len(value)) for value in cut]
        padded = [p + f if self.pad_first else f + p for f, p in zip(full, padding, strict=True)]
        return (padded, [len(sequence) for sequence in full]) if self.include_lengths else padded

    def numericalize(self, values: Any, device: torch.device | None = None) -> Tensor | tuple[Tensor, Tensor]:
        """What ``pad`` gives as a tensor, shape (time, batch), (batch, time) or (batch,), and lengths, shape (batch,).

        Raises:
            UsageError: if the vocabulary was not built.
            DataError: if a token is not in the vocabulary and there is no token for unknown ones.
        """
        lengths: list[int] | None = None
        if isinstance(values, tuple):
            values, lengths = values
        numbers = self._numbers(values)
        if self.postprocessing is not None:
            numbers = self.postprocessing(numbers, self.vocab)
        tensor = torch.tensor(numbers, dtype=self.dtype, device=device)
        if self.sequential and not self.batch_first:
            tensor = tensor.t().contiguous()
        return tensor if lengths is None else (tensor, torch.tensor(lengths, device=device))

    def _columns(self, source: Iterable[Any]) -> list[Iterable[Any]]:
        if not isinstance(source, Dataset):
            return [source]
        names = [name for name, column in source.fields.items() if column is self]
        if not names:
            what = f"is the field of no column of this dataset, which has {', '.join(source.fields)}."
            raise UsageError(Problem("build_vocab", what, "Call it on the field that the dataset was made with."))
        return [[vars(example)[name] for example in source] for name in names]

    def _numbers(self, values: list[Any]) -> list[Any]:
        if not self.use_vocab:
            kind = float if self.dtype.is_floating_point else int
            return values if self.sequential else [kind(each) if isinstance(each, str) else each for each in values]
        if self.vocab is None:
            raise UsageError(Problem("Field", "has no vocabulary yet.", "Call build_vocab(train_data) first."))
        stoi = self.vocab.stoi
        try:
            return (
                [[stoi[token] for token in each] for each in values] if self.sequential else [stoi[x] for x in values]
            )
        except KeyError as error:
            token = str(error.args[0])
            what = f'found "{token}", which the vocabulary lacks, and there is no unk_token.'
            fix = did_you_mean(token, stoi) or "Build the vocabulary of data that hold it."
            raise DataError(Problem("Field", what, fix)) from error


@dataclass(eq=False)
class LabelField(Field):
    """A column of labels: one value a row, without a token for unknown ones; classes are numbered by frequency."""

    sequential: bool = False
    unk_token: str | None = None
    is_target: bool = True
