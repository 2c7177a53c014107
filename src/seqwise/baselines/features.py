"""Which n-grams the baselines read: words where they stand apart, characters where endings cling to them."""

import re
from collections.abc import Sequence

from seqwise.baselines.ngrams import NgramRecipe

# Scripts in which a word carries particles and endings (Hangul) or is not set apart by blanks (kana, Han).
CLINGING = re.compile(r"[\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
LETTER = re.compile(r"\w")
# Texts that are looked at to decide; a sample is enough for a majority.
N_LOOKED_AT = 1000


def reads_characters(texts: Sequence[str]) -> bool:
    """Whether most letters of the first texts are of a script whose words cling."""
    sample = " ".join(texts[:N_LOOKED_AT])
    return 2 * len(CLINGING.findall(sample)) > len(LETTER.findall(sample))


def counting_recipe(texts: Sequence[str]) -> NgramRecipe:
    """N-grams for counting: words and pairs of words, or one to four characters within words."""
    if reads_characters(texts):
        return NgramRecipe(unit="character", sizes=(1, 2, 3, 4), within_words=True, min_count=2, most=300_000)
    return NgramRecipe(unit="word", sizes=(1, 2), min_count=1, most=500_000)


def weighing_recipe(texts: Sequence[str], *, most: int) -> NgramRecipe:
    """N-grams for tf-idf: the same, those of a single row left out, at most ``most`` of a size."""
    if reads_characters(texts):
        return NgramRecipe(unit="character", sizes=(1, 2, 3, 4), within_words=True, min_count=2, most=most)
    return NgramRecipe(unit="word", sizes=(1, 2), min_count=2, most=most)
