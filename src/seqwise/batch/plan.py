"""The plan of a run: a prepared split comes in, the batches of each update and of a prediction come out."""

from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass

from seqwise.batch.flat import collate
from seqwise.batch.order import count_batches, cut, epoch_order, repeated_order, sorted_order
from seqwise.records import Array, Examples, Indices
from seqwise.tensors import Batch

PREDICTION_TOKENS = 4096  # tokens of a batch in prediction: fills the matrix products, stays within small memories


@dataclass(frozen=True)
class TrainingBatches:
    """Which rows stand in which micro-batch of which update: a function of seed and epoch, without state.

    Attributes:
        examples: the prepared training split.
        seed: of the order.
        batch_size: rows of a micro-batch at most.
        batch_tokens: tokens of a micro-batch at most; 0 for no limit.
        accumulation: micro-batches of an update; the last update of an epoch may have fewer.
        repeats: how often each row comes in an epoch, see :func:`~seqwise.batch.order.repeated_order`; None: once.
    """

    examples: Examples
    _: KW_ONLY
    seed: int
    batch_size: int
    batch_tokens: int = 0
    accumulation: int = 1
    repeats: Array | None = None

    def updates(self, epoch: int) -> list[tuple[Indices, ...]]:
        """The row numbers of the micro-batches of each update of an epoch (from 0); every row comes in it."""
        batches = cut(
            self._order(epoch),
            self.examples.tokens.lengths,
            batch_size=self.batch_size,
            batch_tokens=self.batch_tokens,
        )
        starts = range(0, len(batches), self.accumulation)
        return [tuple(batches[start : start + self.accumulation]) for start in starts]

    def n_updates(self, epochs: int) -> int:
        """The real number of updates of the first ``epochs`` epochs.

        Under a token budget, and where rows come more than once, it differs between epochs, because the order does;
        each epoch is counted.
        """
        if not self.batch_tokens and self.repeats is None:
            return epochs * self._n_updates_of(0)
        return sum(self._n_updates_of(epoch) for epoch in range(epochs))

    def batch(self, rows: Indices) -> Batch:
        """The rows as one flat batch."""
        return collate(self.examples, rows)

    def _order(self, epoch: int) -> Indices:
        if self.repeats is not None:
            return repeated_order(self.repeats, seed=self.seed, epoch=epoch)
        return epoch_order(len(self.examples), seed=self.seed, epoch=epoch)

    def _n_updates_of(self, epoch: int) -> int:
        n_batches = count_batches(
            self._order(epoch),
            self.examples.tokens.lengths,
            batch_size=self.batch_size,
            batch_tokens=self.batch_tokens,
        )
        return -(-n_batches // self.accumulation)


def prediction_batches(examples: Examples, *, batch_tokens: int = PREDICTION_TOKENS) -> Iterator[Batch]:
    """Every row once, like lengths together, at most ``batch_tokens`` tokens a batch (a longer row stands alone).

    ``Batch.rows`` says which rows they are, so that results can be put back in their order.
    """
    lengths = examples.tokens.lengths
    order = sorted_order(lengths)
    for rows in cut(order, lengths, batch_size=max(1, len(examples)), batch_tokens=batch_tokens):
        yield collate(examples, rows)
