"""GR-SPACING: texts in; says when training and held-out texts are spaced (띄어쓰기) in different ways."""

from unicodedata import normalize

from seqwise.check.contract import CheckSpec
from seqwise.check.words import Text, Voice, Wording, number, split_name
from seqwise.records import Evidence, Finding, Rows

# Characters between blanks, one split against another: genres of one language stay within a fifth; speech that was
# recognised without blanks, or text whose blanks were lost, is far beyond.
APART = 1.5
# Characters that it takes to tell; words would not do, for a text without blanks is one.
FEWEST_CHARACTERS = 200

_FIX = Text(
    "Space both in the same way, or train on copies without blanks too.",
    "둘을 같은 방식으로 띄어 쓰거나, 빈칸을 없앤 글도 함께 학습하세요.",
)
_CAUSES = (
    Text("One split comes from speech recognition or chats.", "한쪽이 음성 인식이나 대화에서 왔습니다."),
    Text("A tool removed blanks, or joined tokens with a blank.", "도구가 빈칸을 없애거나 토큰을 빈칸으로 이었습니다."),
)


def _run(evidence: Evidence) -> list[Finding]:
    lengths = {split: length for split, rows in evidence.rows.items() if (length := _word_length(rows)) is not None}
    if "train" not in lengths or len(lengths) == 1:
        return []
    voice = Voice("spacing", "GR-SPACING", evidence.language)
    others = [split for split in lengths if split != "train"]
    split = max(others, key=lambda one: _ratio(lengths[one], lengths["train"]))
    ratio = _ratio(lengths[split], lengths["train"])
    level = "warning" if ratio >= APART else "pass"
    meaning = {
        "warning": Text(
            "The model meets another spacing than it learnt.", "모델이 배운 것과 다른 띄어쓰기를 만납니다."
        ),
        "pass": Text("The splits are spaced alike.", "데이터마다 띄어쓰기가 비슷합니다."),
    }[level]
    name, own, train = split_name(split), number(lengths[split]), number(lengths["train"])
    message = Text(
        f"{meaning.en} A word between blanks has {own} characters in {name.en} texts and {train} in training texts.",
        f"{meaning.ko} 빈칸 사이의 글자 수가 {name.ko} 글에서는 {own}, 학습 글에서는 {train}입니다.",
    )
    title = Text("Spacing", "띄어쓰기")
    wording = Wording(title, message) if level == "pass" else Wording(title, message, _FIX, _CAUSES)
    return [voice.say(level, wording, numbers={"characters_a_word": lengths, "split": split, "ratio": ratio})]


def _ratio(one: float, other: float) -> float:
    return max(one / other, other / one)


def _word_length(rows: Rows) -> float | None:
    """Characters, composed, of a word between blanks on average; None with too few to tell."""
    n_words = n_characters = 0
    for text in rows.texts:
        words = normalize("NFC", text).split()
        n_words += len(words)
        n_characters += sum(map(len, words))
    return n_characters / n_words if n_characters >= FEWEST_CHARACTERS and n_words else None


CHECK = CheckSpec(
    name="spacing",
    ids=("GR-SPACING",),
    run=_run,
    source="Named-entity walk-through: trained on written sentences, asked about recognised speech.",
)
