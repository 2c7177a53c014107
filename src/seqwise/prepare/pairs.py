"""The fitted way from pairs of texts to token ids and back: one tokenizer for sources, one for targets."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tokenizers import processors

from seqwise.prepare.tokens import TextPreparation, fit_preparation
from seqwise.records import Truncation
from seqwise.settings.stations import PrepareSettings

END = "[END]"
FOLDER = "target"


@dataclass(frozen=True)
class PairPreparation:
    """Tokenizers of both sides; the target's ends every text with a token of its own, the last of its vocabulary."""

    source: TextPreparation
    target: TextPreparation

    @property
    def vocabulary_size(self) -> int:
        """Token ids of the sources."""
        return self.source.vocabulary_size

    @property
    def vocabulary(self) -> tuple[str, ...]:
        """Every token of the sources in the order of the ids."""
        return self.source.vocabulary

    @property
    def n_features(self) -> int:
        """Numbers that are known of a token beside its id: none."""
        return 0

    @property
    def n_outputs(self) -> int:
        """Token ids of the targets, the end's counted."""
        return self.target.vocabulary_size

    def texts(self, answers: Iterable[Sequence[int]]) -> list[str]:
        """The texts that these tokens of the targets are."""
        return self.target.tokenizer.decode_batch([list(ids) for ids in answers], skip_special_tokens=True)

    def save(self, folder: Path) -> None:
        """Write the source's files into ``folder``, and the target's into one inside it."""
        self.source.save(folder)
        self.target.save(folder / FOLDER)

    @classmethod
    def load(cls, folder: Path) -> "PairPreparation":
        """Read what ``save`` wrote.

        Raises:
            DataError: if a file is missing or cannot be read.
        """
        return cls(TextPreparation.load(folder), TextPreparation.load(folder / FOLDER))


def fit_pairs(
    sources: Sequence[str], targets: Sequence[str], *, settings: PrepareSettings, checkpoint: Path | None
) -> PairPreparation:
    """Fit both tokenizers on training pairs; that of the sources is the checkpoint's where there is one.

    Raises:
        UsageError: as :func:`~seqwise.prepare.tokens.fit_preparation`.
    """
    source = fit_preparation(sources, settings, checkpoint=checkpoint)
    own = settings if settings.tokens != "checkpoint" else settings.model_copy(update={"tokens": "subword"})
    return PairPreparation(source, _with_end(fit_preparation(targets, own)))


def both(source: Truncation, target: Truncation) -> Truncation:
    """What the length limit cut away of pairs; the rows cut on either side are no more than their sum."""
    return Truncation(
        limit=source.limit,
        n_rows=source.n_rows,
        n_rows_cut=min(source.n_rows, source.n_rows_cut + target.n_rows_cut),
        n_tokens=source.n_tokens + target.n_tokens,
        n_tokens_cut=source.n_tokens_cut + target.n_tokens_cut,
    )


def _with_end(preparation: TextPreparation) -> TextPreparation:
    tokenizer, facts = preparation.tokenizer, preparation.facts
    tokenizer.add_special_tokens([END])
    end = tokenizer.token_to_id(END)
    tokenizer.post_processor = processors.TemplateProcessing(single=f"$A {END}", special_tokens=[(END, end)])
    names = {**facts.special_tokens, "eos_token": END}
    return TextPreparation(
        tokenizer, facts.model_copy(update={"special_tokens": names}), segmenter=preparation.segmenter
    )
