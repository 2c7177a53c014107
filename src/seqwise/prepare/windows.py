"""Windows: whole texts in tokens come in; sequences that a model can take come out, and each unit is in one of them."""

from dataclasses import dataclass

import numpy as np

from seqwise.errors import Problem, UsageError
from seqwise.prepare.encoding import offsets_of, ranges
from seqwise.prepare.tokens import TextPreparation
from seqwise.prepare.units import TokenizedUnits
from seqwise.records import FlatTokens, Indices, UnitPlaces

# Half a window: every token then has a quarter of a window of context on both sides, where the text has it.
OVERLAP = 0.5


@dataclass(frozen=True)
class Windows:
    """The windows of all texts, in the order of the texts, with the special tokens at both ends of each.

    Attributes:
        tokens: a row a window.
        units: of the texts, in their order, each in the one window that owns it; tokens counted in that window.
        texts: the text that each window is of, shape (window,). A text without a unit has no window.
        n_units_cut: units that have more tokens than neighbouring windows share, and lost some of them.
        n_tokens_cut: what these lost.
        n_texts_cut: texts that they are of.
    """

    tokens: FlatTokens
    units: UnitPlaces
    texts: Indices
    n_units_cut: int
    n_tokens_cut: int
    n_texts_cut: int


def windows_of(tokenized: TokenizedUnits, preparation: TextPreparation, *, overlap: float = OVERLAP) -> Windows:
    """Cut texts of more tokens than ``max_length`` into windows that overlap, as evenly as can be.

    A unit is owned by the window in which it has most context on both sides: where two windows overlap, the first owns
    what is nearer to its side and the second the rest. The edges of the text are no lack of context. So every unit of
    at most as many tokens as windows share is whole in its window.

    Args:
        tokenized: whole texts.
        preparation: knows ``max_length`` and the special tokens.
        overlap: least share of a window that the next one repeats, from 0 up to, not including, 1.

    Raises:
        UsageError: if ``overlap`` is out of range.
    """
    if not 0 <= overlap < 1:
        raise UsageError(Problem("overlap", f"is {overlap}, but must be at least 0 and less than 1.", "Set 0.5."))
    limit = preparation.facts.max_length - preparation.n_special
    texts, starts, ends = _plan(tokenized.tokens, limit, step=max(1, limit - int(overlap * limit)))
    before = np.repeat(tokenized.tokens.offsets[:-1], np.diff(tokenized.units.offsets))
    places = tokenized.places.tokens + before[:, None]
    # Windows inside of one endless word own no unit.
    owning, owners = np.unique(_owners(places, texts, starts=starts, ends=ends), return_inverse=True)
    texts, starts, ends = texts[owning], starts[owning], ends[owning]
    held = np.clip(places, starts[owners, None], ends[owners, None])
    is_cut = (held != places).any(axis=1)
    return Windows(
        tokens=_with_specials(tokenized.tokens, starts, ends, preparation=preparation),
        units=UnitPlaces(held - starts[owners, None] + len(preparation.before), offsets_of(np.bincount(owners))),
        texts=texts,
        n_units_cut=int(is_cut.sum()),
        n_tokens_cut=int((np.diff(places, axis=1) - np.diff(held, axis=1)).sum()),
        n_texts_cut=len(np.unique(texts[owners[is_cut]])),
    )


def _plan(tokens: FlatTokens, limit: int, *, step: int) -> tuple[Indices, Indices, Indices]:
    """The text of each window, and its first token and the one behind its last on the axis of all tokens."""
    lengths = tokens.lengths
    counts = np.where(lengths > limit, 1 - (limit - lengths) // step, np.minimum(lengths, 1))
    texts = np.repeat(np.arange(len(tokens), dtype=np.int64), counts)
    numbers = ranges(np.zeros_like(counts), counts)
    room = np.maximum(lengths - limit, 0)[texts]
    starts = tokens.offsets[texts] + numbers * room // np.maximum(counts[texts] - 1, 1)
    return texts, starts, starts + np.minimum(lengths[texts], limit)


def _owners(places: Indices, texts: Indices, *, starts: Indices, ends: Indices) -> Indices:
    """The window of each unit: the last whose own ground begins at or before the middle of the unit."""
    # Doubled, so that middles are whole numbers. The ground of a text's first window begins where the text does.
    begins = 2 * starts
    is_next = texts[1:] == texts[:-1]
    begins[1:][is_next] = (starts[1:] + ends[:-1])[is_next]
    return np.searchsorted(begins, places.sum(axis=1), side="right") - 1


def _with_specials(tokens: FlatTokens, starts: Indices, ends: Indices, *, preparation: TextPreparation) -> FlatTokens:
    offsets = offsets_of(ends - starts + preparation.n_special)
    ids = np.empty(int(offsets[-1]), dtype=np.int32)
    n_before, n_after = len(preparation.before), len(preparation.after)
    for place, special in enumerate(preparation.before):
        ids[offsets[:-1] + place] = special
    for place, special in enumerate(preparation.after):
        ids[offsets[1:] - n_after + place] = special
    ids[ranges(offsets[:-1] + n_before, ends - starts)] = tokens.ids[ranges(starts, ends - starts)]
    return FlatTokens(ids, offsets)
