"""What a report knows of a run that writes texts: the part ``translation`` of ``details.json`` as frozen values."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ShownTranslation:
    """One row: its texts, that of the verdict's baseline (empty without one), and the chrF of the model's, 0 to 100."""

    place: str
    source: str
    truth: str
    prediction: str
    baseline: str
    chrf: float


@dataclass(frozen=True)
class AttentionMap:
    """How much each token that was written looked at each token that was read: ``weights[written][read]``, 0 to 1."""

    sources: tuple[str, ...]
    targets: tuple[str, ...]
    weights: tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class TranslationFacts:
    """The part ``translation`` of ``details.json``.

    Attributes:
        split: of the rows that are shown, the test set if there is one.
        signature: of BLEU, as sacreBLEU writes it.
        baseline: of the verdict; empty without one.
        n_unended: texts that the longest length cut off.
        worst: rows of the least chrF, the worst first.
        drawn: rows drawn by chance, in the order of the file.
        attention: of rows drawn by chance; () where the decoder looks at no single token.
    """

    split: str
    signature: str
    baseline: str
    n_unended: int
    worst: tuple[ShownTranslation, ...]
    drawn: tuple[ShownTranslation, ...]
    attention: tuple[AttentionMap, ...]
