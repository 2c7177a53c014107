"""The baseline ``translation_memory``: the training target whose source is most like the one that is asked."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from seqwise.baselines.contract import BaselineState, packed, unpacked
from seqwise.baselines.texts import TEXTS, TextBaseline, TextBaselineSpec

# Sources that are compared with all training sources at once: 100 MB of similarities to 50,000 of them.
AT_ONCE = 256


class TranslationMemory(TextBaseline):
    """The nearest source by the cosine of tf-idf of words; of several as near the first.

    A model that is no better than this has learned to remember sentences and not to translate them.
    """

    def __init__(self) -> None:
        self._sources: list[str] = []
        self._targets: list[str] = []

    def fit(self, sources: Sequence[str], targets: Sequence[str], /) -> Self:
        """Keep the pairs."""
        self._sources, self._targets = list(sources), list(targets)
        self._index()
        return self

    def translate(self, sources: Sequence[str], /) -> list[str]:
        """The target of the nearest training source."""
        found: list[str] = []
        for start in range(0, len(sources), AT_ONCE):
            asked: Any = self._vectors.transform(sources[start : start + AT_ONCE])
            nearest = np.asarray((asked @ self._known.T).toarray()).argmax(axis=1)
            found.extend(self._targets[i] for i in nearest.tolist())
        return found

    def state(self) -> BaselineState:
        """The pairs; the index is made anew."""
        arrays = {"sources": packed(self._sources), "targets": packed(self._targets)}
        return BaselineState(settings={TEXTS: True}, arrays=arrays)

    def restore(self, state: BaselineState) -> None:
        """Take the pairs."""
        self.fit(unpacked(state.arrays["sources"]), unpacked(state.arrays["targets"]))

    def _index(self) -> None:
        self._vectors = TfidfVectorizer(token_pattern=r"\w+|[^\w\s]", sublinear_tf=True)
        self._known: Any = self._vectors.fit_transform(self._sources)


BASELINE = TextBaselineSpec(name="translation_memory", build=TranslationMemory, paper="")
