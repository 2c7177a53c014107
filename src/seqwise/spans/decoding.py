"""Log-probabilities of tags for each unit in; the best sequences of tags under a scheme's rules out, with entities.

All texts of a split are walked at once, step after step, in each step those that have it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from seqwise.records import Array, Indices
from seqwise.spans.schemes import Role, Scheme, read_tags
from seqwise.steps import by_step

# Texts that are walked together: with 41 tags at most 14 MiB of numbers a step.
BLOCK = 1024
# What a probability of 0 is taken for: far below any that a network gives.
LEAST = 1e-30


@dataclass(frozen=True)
class Transitions:
    """A score for each first tag, each pair of neighbours and each last tag; -inf: never.

    Attributes:
        start: shape (tag,).
        between: shape (tag before, tag).
        end: shape (tag,).
    """

    start: Array
    between: Array
    end: Array


def allowed_transitions(tags: Sequence[str], scheme: Scheme) -> Transitions:
    """What a scheme allows: 0, or -inf; a sequence is valid exactly if all its transitions are allowed.

    Args:
        tags: names, in the order of the tag numbers.
        scheme: what the tags mean.

    Raises:
        DataError: tags that the scheme does not have.

    Example:
        >>> allowed_transitions(["O", "B-PS", "I-PS"], Scheme("BIO")).start.tolist()
        [0.0, 0.0, -inf]
    """
    outside: tuple[Role, str] = ("O", "")
    # Before the first unit and behind the last stands nothing, which is as good as a unit outside of all entities.
    read = [outside, *read_tags(tags, scheme)]
    is_allowed = np.array([[_may_follow(before, tag, scheme) for tag in read] for before in read])
    scores = np.where(is_allowed, 0.0, -np.inf)
    return Transitions(start=scores[0, 1:], between=scores[1:, 1:], end=scores[1:, 0])


def _may_follow(before: tuple[Role, str], tag: tuple[Role, str], scheme: Scheme) -> bool:
    is_inside = before[0] in "BI" and before[1] == tag[1]  # of an entity that may go on with the tag's label
    if scheme.marks_ends:
        return is_inside if tag[0] in "IE" else before[0] not in "BI"
    return is_inside or tag[0] != ("B" if scheme.name == "IOB1" else "I")


def finite_logs(probabilities: Array) -> Array:
    """Log-probabilities that can be decoded: none is infinite."""
    return np.log(np.maximum(probabilities, LEAST))


def decode(log_probabilities: Array, offsets: Indices, *, tags: Sequence[str], scheme: Scheme | None = None) -> Indices:
    """The tag number of each unit: the most probable one, or of the most probable valid sequence of each text.

    For a CRF the log-probabilities are those of its marginals: posterior Viterbi of Fariselli, Martelli and Casadio
    (2005), A new decoding algorithm for hidden Markov models, https://doi.org/10.1186/1471-2105-6-S4-S12.

    Args:
        log_probabilities: finite, shape (unit, tag).
        offsets: the units of text ``i`` are those from ``offsets[i]`` up to ``offsets[i + 1]``, shape (text + 1,).
        tags: names, in the order of the tag numbers.
        scheme: whose rules hold; None for plain tags, such as parts of speech.

    Raises:
        DataError: tags that the scheme does not have.

    Example:
        >>> p = np.array([[0.6, 0.1, 0.3], [0.2, 0.0001, 0.7999]])
        >>> decode(np.log(p), np.array([0, 2]), tags=["O", "B-PS", "I-PS"]).tolist()
        [0, 2]
        >>> decode(np.log(p), np.array([0, 2]), tags=["O", "B-PS", "I-PS"], scheme=Scheme("BIO")).tolist()
        [0, 0]
    """
    if scheme is None:
        return log_probabilities.argmax(axis=1)
    return best_paths(log_probabilities, offsets, transitions=allowed_transitions(tags, scheme))


def best_paths(scores: Array, offsets: Indices, *, transitions: Transitions) -> Indices:
    """The tag numbers of the path with the highest sum of scores in each sequence (Viterbi 1967).

    Viterbi (1967), Error bounds for convolutional codes and an asymptotically optimum decoding algorithm,
    https://doi.org/10.1109/TIT.1967.1054010. Of equally good tags before another the first is taken.

    Args:
        scores: of each tag, finite, shape (unit, tag).
        offsets: of the sequences, as in :func:`decode`.
        transitions: their scores; where no path is allowed the result means nothing.
    """
    starts = range(0, len(offsets) - 1, BLOCK)
    blocks = [offsets[start : start + BLOCK + 1] for start in starts]
    paths = [_best_in_block(scores[block[0] : block[-1]], np.diff(block), transitions) for block in blocks]
    return np.concatenate([np.zeros(0, dtype=np.int64), *paths])


def _best_in_block(scores: Array, lengths: Indices, transitions: Transitions) -> Indices:
    places, sizes = by_step(lengths)
    sums = np.empty_like(scores)  # of the best path up to a row and its tag
    sums[places] = scores
    # Most tags of a scheme may follow the same tags: of equal columns one is enough.
    columns, column_of = np.unique(transitions.between, axis=1, return_inverse=True)
    sources = np.zeros((len(scores), columns.shape[1]), dtype=np.int64)
    ends = np.cumsum(sizes).tolist()
    sums[: ends[0] if ends else 0] += transitions.start
    for begin, end, next_end in zip([0, *ends], ends, ends[1:], strict=False):
        n = next_end - end
        ways = sums[begin : begin + n, None, :] + columns.T  # (sequence, column, tag before)
        sources[end:next_end] = ways.argmax(axis=2)
        best = np.take_along_axis(ways, sources[end:next_end, :, None], axis=2)[:, :, 0]
        sums[end:next_end] += best[:, column_of]
    sums[places[np.cumsum(lengths)[lengths > 0] - 1]] += transitions.end
    tags = sums.argmax(axis=1)  # right for last rows; the others follow from the row after
    for begin, end, next_end in reversed(list(zip([0, *ends], ends, ends[1:], strict=False))):
        rows = np.arange(end, next_end)
        tags[begin : begin + len(rows)] = sources[rows, column_of[tags[rows]]]
    return tags[places]


def entity_probabilities(log_probabilities: Array, tags: Indices, *, edges: Indices) -> Array:
    """How sure each decoded entity is: the geometric mean of the probabilities of its units' tags, shape (entity,).

    Not their product: the units of an entity are right or wrong together, so a product would say of long entities that
    they are less sure than they are.

    Args:
        log_probabilities: finite, shape (unit, tag).
        tags: the decoded tag number of each unit, shape (unit,).
        edges: first unit of each entity and the one behind its last, on the axis of all units, shape (entity, 2).

    Example:
        >>> p = np.array([[0.1, 0.9, 0.0], [0.3, 0.3, 0.4]]) + 1e-9
        >>> entity_probabilities(np.log(p), np.array([1, 2]), edges=np.array([[0, 2]])).round(6).tolist()
        [0.6]
    """
    of_tags = np.take_along_axis(log_probabilities, tags[:, None], axis=1)[:, 0]
    lengths = edges[:, 1] - edges[:, 0]
    entity = np.repeat(np.arange(len(edges)), lengths)
    units = np.arange(len(entity)) + (edges[:, 0] - np.cumsum(lengths) + lengths)[entity]
    totals = np.bincount(entity, weights=of_tags[units], minlength=len(edges))
    return np.exp(totals / lengths)
