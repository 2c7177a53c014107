"""Korean morphemes: clean texts come in, the same texts with a blank between morphemes come out (extra: korean)."""

import os
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from typing import TYPE_CHECKING, NamedTuple, Protocol, cast

from seqwise.errors import MissingExtraError

if TYPE_CHECKING:
    from kiwipiepy import Token


class Morpheme(NamedTuple):
    """A morpheme: its form, without blanks, and the characters of the text that it was found in.

    Morphemes that are contracted share characters, as 하 and 었 share 했.
    """

    form: str
    start: int
    end: int


class Segmenter(Protocol):
    """What turns texts into texts of morphemes with a blank between them."""

    @property
    def release(self) -> str:
        """Versions of the analyser and of its model: another release may cut differently."""
        ...

    def segment(self, texts: Iterable[str]) -> Iterator[str]:
        """One text of morphemes for each text, in order."""
        ...

    def morphemes(self, texts: Iterable[str]) -> Iterator[list[Morpheme]]:
        """The morphemes of each text, in order: those whose forms ``segment`` gives."""
        ...


class KiwiSegmenter:
    """Morphemes by Kiwi, on all cores; the analyser is loaded once, which takes a second or more."""

    def __init__(self) -> None:
        """Load the analyser.

        Raises:
            MissingExtraError: if kiwipiepy is not installed.
        """
        try:
            from kiwipiepy import Kiwi  # heavy optional package
        except ImportError as error:
            raise MissingExtraError(
                package="kiwipiepy", extra="korean", purpose='prepare.tokens = "morpheme"'
            ) from error
        self._kiwi = Kiwi(num_workers=os.cpu_count() or 1)

    @property
    def release(self) -> str:
        """Versions of kiwipiepy and of its model."""
        return f"kiwipiepy {version('kiwipiepy')}, model {version('kiwipiepy_model')}"

    def segment(self, texts: Iterable[str]) -> Iterator[str]:
        """The forms of the morphemes, endings such as ㄴ written as people type them."""
        return (" ".join(morpheme.form for morpheme in found) for found in self.morphemes(texts))

    def morphemes(self, texts: Iterable[str]) -> Iterator[list[Morpheme]]:
        """The morphemes of each text in the order of their characters."""
        analysed = cast("Iterable[list[Token]]", self._kiwi.tokenize(texts, compatible_jamo=True))
        for tokens in analysed:
            # Some names hold a blank inside one morpheme.
            yield [Morpheme(token.form.replace(" ", "_"), token.start, token.end) for token in tokens]
