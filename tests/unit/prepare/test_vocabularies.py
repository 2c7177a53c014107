import csv
import gzip
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from seqwise.prepare.vocabularies import (
    character_tokenizer,
    morpheme_tokenizer,
    subword_tokenizer,
    word_tokenizer,
)
from seqwise.settings.stations import PrepareSettings

NSMC = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "nsmc"
EVERYTHING = PrepareSettings(min_freq=1)


def words(text):
    return word_tokenizer([text], EVERYTHING).encode(text).tokens


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I don't know.", ["I", "do", "n't", "know", "."]),
        ("John's dog can’t, we'll", ["John", "'s", "dog", "ca", "n’t", ",", "we", "'ll"]),
        ("'quoted' o'clock", ["'", "quoted", "'", "o", "'", "clock"]),
        ("3.14 a_b", ["3", ".", "14", "a_b"]),
        ("영화 재밌다ㅋㅋ!!", ["영화", "재밌다ㅋㅋ", "!", "!"]),
        ("a 👨\u200d👩\u200d👧❤\ufe0f👍🏽", ["a", "👨\u200d👩\u200d👧", "❤\ufe0f", "👍🏽"]),
        ("cafe\u0301", ["café"]),
    ],
)
def test_words_are_runs_and_single_marks(text, expected):
    assert words(text) == expected


def test_characters_keep_the_blank():
    tokenizer = character_tokenizer(["가 나 b"], EVERYTHING)
    assert tokenizer.encode("나 가b?").tokens == ["나", " ", "가", "b", "[UNK]"]


def test_morphemes_are_what_stands_between_blanks():
    tokenizer = morpheme_tokenizer(["먹 었 다"], EVERYTHING)
    assert tokenizer.encode("먹 다 는").tokens == ["먹", "다", "[UNK]"]


@pytest.mark.parametrize("build", [word_tokenizer, character_tokenizer, subword_tokenizer, morpheme_tokenizer])
def test_padding_and_unknown_are_the_first_two_ids(build):
    tokenizer = build(["some words here"], EVERYTHING)
    assert (tokenizer.token_to_id("[PAD]"), tokenizer.token_to_id("[UNK]")) == (0, 1)
    assert sorted(tokenizer.get_vocab().values()) == list(range(tokenizer.get_vocab_size()))


def test_the_word_vocabulary_is_the_count_by_hand():
    texts = ["b a c a", "a b d", "e b c"]
    counts = Counter(" ".join(texts).split())
    expected = sorted((word for word in counts if counts[word] >= 2), key=lambda word: (-counts[word], word))
    vocabulary = word_tokenizer(texts, PrepareSettings(min_freq=2)).get_vocab()
    assert sorted(vocabulary, key=vocabulary.__getitem__) == ["[PAD]", "[UNK]", *expected]


@pytest.mark.parametrize("build", [word_tokenizer, character_tokenizer, subword_tokenizer, morpheme_tokenizer])
def test_max_size_counts_the_special_tokens(build):
    texts = ["the quick brown fox jumps over the lazy dog"] * 3
    tokenizer = build(texts, PrepareSettings(min_freq=1, max_size=8))
    assert tokenizer.get_vocab_size() == 8


@pytest.mark.parametrize("build", [word_tokenizer, character_tokenizer, subword_tokenizer, morpheme_tokenizer])
def test_lower_makes_case_vanish(build):
    tokenizer = build(["Some WORDS"], PrepareSettings(min_freq=1, lower=True))
    assert tokenizer.encode("SOME words").ids == tokenizer.encode("some WORDS").ids
    assert not any(token != token.lower() for token in tokenizer.get_vocab() if token not in ("[PAD]", "[UNK]"))


@pytest.mark.parametrize("build", [word_tokenizer, character_tokenizer, subword_tokenizer, morpheme_tokenizer])
def test_no_text_at_all_leaves_the_special_tokens(build):
    tokenizer = build([], EVERYTHING)
    assert set(tokenizer.encode("anything").ids) <= {1, 2}
    assert tokenizer.get_vocab_size() <= 3


def test_subwords_leave_out_rare_characters_and_count_them_as_one_unknown_a_run():
    tokenizer = subword_tokenizer(["aa bb aa bb Q"], PrepareSettings(min_freq=2))
    assert "Q" not in tokenizer.get_vocab()
    assert tokenizer.encode("aa QQQ").tokens == ["▁aa", "▁", "[UNK]"]


def test_subwords_come_back_as_the_text():
    text = "the cat, sat... on the mat!"
    tokenizer = subword_tokenizer([text] * 2, EVERYTHING)
    assert tokenizer.decode(tokenizer.encode(text).ids) == text


FIT = """
import hashlib, sys
from seqwise.prepare.vocabularies import subword_tokenizer, word_tokenizer
from seqwise.settings.stations import PrepareSettings
texts = [f"{chr(0xAC00 + i * 7 % 900)}{chr(0xAC00 + i * 31 % 700)} w{i % 50} {'ab' * (i % 5)}" for i in range(3000)]
for build in (subword_tokenizer, word_tokenizer):
    sys.stdout.write(hashlib.sha256(build(texts, PrepareSettings(max_size=400)).to_str().encode()).hexdigest() + "\\n")
"""


def test_two_processes_fit_the_same_tokenizer():
    """More tied counts than room: what is kept must not depend on hash seeds or threads."""
    digests = {
        subprocess.run(
            [sys.executable, "-c", FIT],
            env={**os.environ, "PYTHONHASHSEED": seed, "RAYON_NUM_THREADS": threads},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed, threads in (("0", "1"), ("1", "2"), ("2", "2"))
    }
    assert len(digests) == 1
    assert len(digests.pop().split()) == 2


@pytest.mark.skipif(not NSMC.is_dir(), reason="the NSMC reviews are not beside this repository")
def test_hardly_a_subword_of_unseen_korean_reviews_is_unknown():
    def reviews(name, n):
        with gzip.open(NSMC / name, "rt", encoding="utf-8", newline="") as file:
            rows = csv.reader(file, delimiter="\t")
            next(rows)
            return [row[1] for row, _ in zip(rows, range(n), strict=False)]

    tokenizer = subword_tokenizer(reviews("ratings_train.txt.gz", 12000), PrepareSettings(max_size=8000))
    ids = [
        number for encoding in tokenizer.encode_batch(reviews("ratings_test.txt.gz", 2000)) for number in encoding.ids
    ]
    assert len(ids) > 20000
    assert sum(number == 1 for number in ids) / len(ids) < 0.003
