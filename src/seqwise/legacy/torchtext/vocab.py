"""Tokens and their numbers: counts in, a vocabulary with the vectors of its tokens out."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor

from seqwise.errors import Problem, UsageError
from seqwise.prepare.vectors import read_vectors, vector_width

UnkInit = Callable[[Tensor], Tensor]


class Numbers(dict[str, int]):
    """Token to number; asking for an unknown token gives the unknown token's number and, unlike torchtext, adds none.

    Raises:
        KeyError: for an unknown token where there is no token for unknown ones.
    """

    def __init__(self, tokens: Sequence[str], *, unk_token: str | None) -> None:
        """Number the tokens in their order."""
        super().__init__({token: number for number, token in enumerate(tokens)})
        self._unk_index = self.get(unk_token) if unk_token is not None else None

    def __missing__(self, token: str) -> int:
        """The number of the unknown token."""
        if self._unk_index is None:
            raise KeyError(token)
        return self._unk_index


class Vectors:
    """A word2vec or GloVe text file on this machine; nothing is downloaded."""

    def __init__(self, name: str | Path, cache: str | Path | None = None, unk_init: UnkInit | None = None) -> None:
        """Find the file.

        Args:
            name: of the file, or of vectors as torchtext named them, such as ``glove.6B.100d``.
            cache: folder where it is looked for too; None: ``.vector_cache``.
            unk_init: makes the vector of a token that the file lacks of a tensor of zeros; None: it stays zeros.

        Raises:
            UsageError: if there is no such file.
        """
        folder = Path(cache or ".vector_cache")
        places = [Path(name), folder / name, folder / f"{name}.txt"]
        found = [place for place in places if place.is_file()]
        if not found:
            what = f'found "{name}"; there is no file {", ".join(map(str, places))}.'
            raise UsageError(Problem("vectors", what, "Nothing is downloaded: fetch the file and name its path."))
        self.path = found[0]
        self.dim = vector_width(self.path)
        self._unk_init = unk_init or torch.zeros_like

    def of(self, tokens: Sequence[str]) -> Tensor:
        """The vectors of these tokens, shape (vocab, dim)."""
        vectors = read_vectors(self.path, tokens, width=self.dim)
        matrix = torch.from_numpy(vectors.matrix)
        for row in (~vectors.is_found).nonzero()[0]:
            matrix[row] = self._unk_init(torch.zeros(self.dim))
        return matrix


class GloVe(Vectors):
    """The vectors ``glove.NAME.DIMd.txt`` in the cache folder."""

    def __init__(self, name: str = "840B", dim: int = 300, *, cache: str | Path | None = None) -> None:
        """Find the file; see :class:`Vectors`."""
        super().__init__(f"glove.{name}.{dim}d.txt", cache)


class Vocab:
    """The special tokens, then the others from the most to the least frequent, equally frequent ones by the alphabet.

    Attributes:
        freqs: how often each token was counted, rare ones included.
        itos: number to token.
        stoi: token to number.
        vectors: of the tokens, shape (vocab, dim), or None.
    """

    def __init__(  # noqa: PLR0913 (torchtext's signature)
        self,
        counter: Mapping[str, int],
        max_size: int | None = None,
        min_freq: int = 1,
        specials: Sequence[str] = ("<unk>", "<pad>"),
        vectors: "str | Vectors | Sequence[str | Vectors] | None" = None,
        unk_init: UnkInit | None = None,
        vectors_cache: str = ".vector_cache",
        unk_token: str | None = "<unk>",
    ) -> None:
        """Order the tokens.

        Args:
            counter: token to how often it was counted.
            max_size: most tokens, the special ones not counted; None: all.
            min_freq: rarer tokens are left out.
            specials: tokens that stand first, whatever their counts.
            vectors: a file, or several whose vectors are put side by side; see :class:`Vectors`.
            unk_init: of tokens without a vector.
            vectors_cache: folder where files of vectors are looked for.
            unk_token: stands for unknown tokens, if it is among the special ones.
        """
        self.freqs = Counter(counter)
        words = [word for word, count in self.freqs.items() if count >= min_freq and word not in specials]
        words.sort(key=lambda word: (-self.freqs[word], word))
        self.itos = [*specials, *words[:max_size]]
        self.stoi = Numbers(self.itos, unk_token=unk_token)
        self.vectors: Tensor | None = None
        if vectors is not None:
            asked = [vectors] if isinstance(vectors, str | Vectors) else vectors
            files = [each if isinstance(each, Vectors) else Vectors(each, vectors_cache, unk_init) for each in asked]
            self.vectors = torch.cat([file.of(self.itos) for file in files], dim=1)

    def __len__(self) -> int:
        """Number of tokens."""
        return len(self.itos)

    def __getitem__(self, token: str) -> int:
        """The number of a token; see :class:`Numbers`."""
        return self.stoi[token]
