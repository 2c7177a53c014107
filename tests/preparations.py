"""Preparations of every kind for tests, fitted here on a few lines, and texts that are hard to map back."""

from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

from seqwise.errors import MissingExtraError
from seqwise.prepare.morphemes import Morpheme
from seqwise.prepare.tokens import PreparationFacts, TextPreparation, fit_preparation
from seqwise.read.checkpoints import find_checkpoint
from seqwise.settings.stations import PrepareSettings

CORPUS = ["The cat sat on the mat", "한글을 읽는 고양이", "서울에서 온 사람; 한글!!", "cats don't read", "é è ñ"] * 3
SPECIALS = {"unk_token": "[UNK]"}
UNCUT = 4096


def byte_level():
    """Byte-pair encoding over bytes with the ends of RoBERTa, learned here."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=280, special_tokens=["<s>", "</s>"], initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(["the cat sat on the mat"], trainer)
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 1), ("<s>", 0), add_prefix_space=False)
    facts = PreparationFacts(tokens="checkpoint", max_length=UNCUT, keep="start", special_tokens={})
    return TextPreparation(tokenizer, facts)


class Syllables:
    """Stands for the analyser: 했 is 하 and 었, anything else between blanks is one morpheme."""

    release = "syllables 1"

    def segment(self, texts):
        return (" ".join(morpheme.form for morpheme in found) for found in self.morphemes(texts))

    def morphemes(self, texts):
        for text in texts:
            found = []
            for place, character in enumerate(text):
                forms = "하었" if character == "했" else "" if character.isspace() else character
                found += [Morpheme(form, place, place + 1) for form in forms]
            yield found


def minilm():
    try:
        folder = find_checkpoint("all-MiniLM-L6-v2")
    except MissingExtraError:
        return None
    return fit_preparation([], PrepareSettings(tokens="checkpoint", max_length=UNCUT), checkpoint=folder)


PREPARATIONS = {
    kind: fit_preparation(CORPUS, PrepareSettings(tokens=kind, min_freq=1, max_size=300, max_length=UNCUT))
    for kind in ("word", "character", "subword")
}
PREPARATIONS["byte-level"] = byte_level()
PREPARATIONS["morpheme"] = TextPreparation(
    PREPARATIONS["character"].tokenizer, PREPARATIONS["character"].facts, segmenter=Syllables()
)
if (checkpoint := minilm()) is not None:
    PREPARATIONS["minilm"] = checkpoint
# Dense in what is mapped back: marks, jamo of all sets, zero-width characters, odd blanks, emoji with joiners.
odd_texts = st.text(
    st.sampled_from("ab É한각했글을\u1100\u1161\u11a8\uffa1\uffc2\u0301\u0323\u200b\u200dİ👩👨️ﬁ\xa0\n\t12.'"),
    max_size=14,
)
