"""What models and baselines answer: probabilities of labels, numbers to come, or texts."""

from collections.abc import Sequence
from dataclasses import dataclass

from numpy import bool_
from numpy.typing import NDArray

from seqwise.records import Array, Indices, Predictions
from seqwise.series_records import Forecasts


@dataclass(frozen=True)
class ToldTruth:
    """What a model says where it is told the true tokens before each token: teacher forcing.

    Attributes:
        texts: the likeliest token at each place, joined.
        losses: negative log-likelihood of each true text in nats, its end counted, shape (row,).
        n_tokens: tokens of each true text, its end counted, shape (row,).
    """

    texts: Sequence[str]
    losses: Array
    n_tokens: Indices


@dataclass(frozen=True)
class Translations:
    """Texts written for the texts of rows.

    Attributes:
        ids: of the rows.
        sources: the texts that were read.
        texts: the texts that were written.
        truth: what was to be written; None where it is not known.
        log_probabilities: of each written text, its end counted, natural logarithm, shape (row,); None of a baseline.
        has_ended: False where the search came to the longest length before the end, shape (row,); None of a baseline.
        told_truth: what the model says where it is told the truth; None of a baseline, or where the truth is not known.
        cut: how BLEU cuts texts into words, a tokenizer of sacreBLEU.
    """

    ids: Sequence[str]
    sources: Sequence[str]
    texts: Sequence[str]
    truth: Sequence[str] | None = None
    log_probabilities: Array | None = None
    has_ended: NDArray[bool_] | None = None
    told_truth: ToldTruth | None = None
    cut: str = "13a"


SeriesAnswers = Predictions | Forecasts
Answers = SeriesAnswers | Translations
