"""Faults of tagging and their healthy twins, on sentences that are made here: for ``faults.py``."""

import random
from collections.abc import Callable
from unicodedata import normalize

import numpy as np

from seqwise.check.engine import run_checks
from seqwise.check.tag_predictions import evidence_from_tags
from seqwise.evaluate.forgetting import retention
from seqwise.records import Evidence, Finding, FlatUnits, Predictions, Rows, TaggedTexts
from seqwise.settings.root import Settings
from seqwise.tag_evidence import Extension

Made = tuple[Finding, ...]
Column = list[list[str | None]]
N_SENTENCES, LIMIT = 300, 8
PEOPLE, PLACES = ("김민수", "이서연", "박지훈", "최유진", "정도윤"), ("서울", "부산", "대전", "광주", "제주도")
SCHOOLS, THINGS = ("한국", "동아", "미래"), ("밥", "책", "그림", "영화", "신문")

EXTENDING = Settings.model_validate({"task": "tag", "data": {"train": "new.conll"}, "encoder": {"name": "bag"}})


def sentences() -> tuple[list[list[str]], Column]:
    """Morphemes and BIO tags; a name has no particle in every third sentence."""
    draw = random.Random(0)
    units: list[list[str]] = []
    tags: Column = []
    for number in range(N_SENTENCES):
        person, place, thing = draw.choice(PEOPLE), draw.choice(PLACES), draw.choice(THINGS)
        begin = [(person, "B-PS"), *([] if number % 3 == 0 else [("도", "O")])]
        where = [(place, "B-LC"), ("에서", "O")]
        school = [(draw.choice(SCHOOLS), "B-OG"), ("대학교", "I-OG"), ("의", "O"), (draw.choice(PEOPLE), "B-PS")]
        rest = [("을", "O"), ("보", "O"), ("았", "O"), ("다", "O"), (".", "O")]
        when = [(draw.choice(("어제", "오늘", "지금")), "O")] * draw.randrange(3)
        sentence = [*begin, *when, *where, *(school if draw.random() < 0.5 else []), (thing, "O"), *rest]
        units.append([unit for unit, _ in sentence])
        tags.append([tag for _, tag in sentence])
    return units, tags


def predictions(truth: Column) -> Column:
    """The truth, one entity in ten missed whole."""
    draw = random.Random(1)
    found: Column = []
    for own in truth:
        is_kept, row = True, list[str | None]()
        for tag in own:
            is_kept = draw.random() < 0.9 if str(tag).startswith("B-") else is_kept
            row.append(tag if is_kept else "O")
        found.append(row)
    return found


def findings_on(units: list[list[str]], truth: Column, found: Column, **claims: float) -> Made:
    return run_checks(evidence_from_tags(units, truth, predicted=found, claims=claims), silence={})


def whole() -> Made:
    units, truth = sentences()
    return findings_on(units, truth, predictions(truth))


def shifted() -> Made:
    """The tags were made without [CLS], the text with it."""
    units, truth = sentences()
    moved: Column = [["O", *own[:-1]] for own in truth]
    return findings_on(units, moved, predictions(moved))


def shifted_predictions() -> Made:
    units, truth = sentences()
    return findings_on(units, truth, [["O", *own[:-1]] for own in predictions(truth)])


def padded(tag: str | None) -> Made:
    units, truth = sentences()
    longest = max(map(len, units))

    def filled(rows: list[list[str | None]], filling: str | None) -> list[list[str | None]]:
        return [[*row, *[filling] * (longest - len(row))] for row in rows]

    texts = [[*own, *["[PAD]"] * (longest - len(own))] for own in units]
    return findings_on(texts, filled(truth, tag), filled(predictions(truth), tag))


def framed(first: str | None, last: str | None) -> Made:
    """Special tokens around every text; where they have tags, one full stop in five becomes [SEP]."""
    units, truth = sentences()
    found = predictions(truth)
    for own in found[::5]:
        own[-1] = last or "O"
    texts = [["[CLS]", *own, "[SEP]"] for own in units]
    framed_truth, framed_found = ([[first, *own, last] for own in rows] for rows in (truth, found))
    return findings_on(texts, framed_truth, framed_found)


def in_eojeols() -> Made:
    """Each name and its particle are one unit, tagged by where it begins."""
    units, truth = sentences()
    texts: list[list[str]] = []
    tags: Column = []
    for sentence, own in zip(units, truth, strict=True):
        words: list[str] = []
        kept: list[str | None] = []
        for unit, tag in zip(sentence, own, strict=True):
            if words and unit in {"도", "에서", "의", "을"}:
                words[-1] += unit
            else:
                words.append(unit)
                kept.append(tag)
        texts.append(words)
        tags.append(kept)
    return findings_on(texts, tags, predictions(tags))


def particles_answered() -> Made:
    """The tagger takes the particle behind one name in ten with it."""
    units, truth = sentences()
    found = predictions(truth)
    for own, sentence in zip(found[1::3], units[1::3], strict=True):
        if own[0] == "B-PS" and sentence[1] == "도":
            own[1] = "I-PS"
    return findings_on(units, truth, found)


def cut() -> Made:
    units, truth = sentences()
    return findings_on(units, truth, [own[:LIMIT] for own in predictions(truth)])


def cut_with_texts() -> Made:
    """Texts and both tags end at the limit, as zip leaves them."""
    units, truth = sentences()
    found = predictions(truth)
    return findings_on(*([own[: LIMIT + 4] for own in rows] for rows in (units, truth, found)))


def with_ends(own: list[str | None]) -> list[str | None]:
    """A sentence's BIO tags in BIOES."""
    behind = [*own[1:], "O"]
    is_last = [not str(tag).startswith("I-") for tag in behind]
    letters = {"B": "S", "I": "E"}
    return [
        f"{letters[tag[0]]}{tag[1:]}" if tag and tag != "O" and last else tag
        for tag, last in zip(own, is_last, strict=True)
    ]


def in_schemes(every: int) -> Made:
    """Every second sentence, or every one, in BIOES; the others in BIO."""
    units, truth = sentences()
    mixed: Column = [with_ends(own) if number % every == 0 else own for number, own in enumerate(truth)]
    found = predictions(truth)
    return findings_on(
        units, mixed, [with_ends(own) if number % every == 0 else own for number, own in enumerate(found)]
    )


def stray() -> Made:
    """Each tag was chosen by itself: one I- in four has no beginning."""
    units, truth = sentences()
    found = predictions(truth)
    for own in found[::4]:
        own[:] = ["O" if tag == "B-OG" else tag for tag in own]
    return findings_on(units, truth, found)


def nothing_found() -> Made:
    units, truth = sentences()
    return findings_on(units, truth, [["O"] * len(own) for own in truth])


def token_f1_told() -> Made:
    """Ends are missed, and the F1 of the tags other than O is told as F1."""
    units, truth = sentences()
    found: Column = [["O" if tag == "I-OG" else tag for tag in own] for own in predictions(truth)]
    pairs = [pair for rows in zip(truth, found, strict=True) for pair in zip(*rows, strict=True)]
    n_right = sum(true == answer != "O" for true, answer in pairs)
    n_inside = sum((true != "O") + (answer != "O") for true, answer in pairs)
    return findings_on(units, truth, found, f1=round(2 * n_right / n_inside, 4))


def entity_f1_told() -> Made:
    units, truth = sentences()
    found = predictions(truth)
    n_found, n_gold = (sum(str(tag).startswith("B-") for own in rows for tag in own) for rows in (found, truth))
    return findings_on(units, truth, found, f1=2 * n_found / (n_found + n_gold))  # what is found is right


def written(change: Callable[[str], str]) -> Made:
    """Training texts as they are, test texts changed."""
    texts = [" ".join(unit for unit in own) for own in sentences()[0]]
    rows = {
        split: Rows(
            ids=tuple(f"{split}:{i}" for i in range(len(own))),
            texts=own,
            files=(f"{split}.txt",),
            file_of=np.zeros(len(own), dtype=np.int64),
            lines=np.arange(1, len(own) + 1),
        )
        for split, own in (("train", texts[:200]), ("test", [change(text) for text in texts[200:]]))
    }
    return run_checks(Evidence(task="tag", rows=rows), silence={}, only=["GR-NFD", "GR-SPACING"])


def answers(found: Column) -> Predictions:
    """Answers to the sentences, as a model gives them."""
    units, truth = sentences()
    facts = evidence_from_tags(units, truth, predicted=found).tagged["predictions"]
    tagged = TaggedTexts(
        FlatUnits(np.empty((len(facts.surfaces), 2), int), facts.offsets), facts.found or (), facts.gold
    )
    certain = np.eye(len(facts.names))[facts.predicted]
    return Predictions(facts.surfaces, facts.names, certain, facts.truth, facts.predicted, tagged)


def extended(after: Column, *, n_old_marked: int = 90) -> Made:
    """A tagger was trained further, to find dates too; ``after`` is what it then says of the old sentences."""
    labels = ("LC", "OG", "PS")
    before = answers(predictions(sentences()[1]))
    kept = retention(before, answers(after), labels=labels, split="test", settings=EXTENDING)
    extension = Extension("old", labels, ("DT",), 50, 50, n_old_marked, 60, {}, {}, kept)
    return run_checks(Evidence(task="tag", extension=extension), silence={})


def half_forgotten() -> Made:
    """Places are dates now."""
    found = predictions(sentences()[1])
    return extended([[tag.replace("LC", "DT") if tag else tag for tag in own] for own in found])


FAULTS: dict[str, tuple[Callable[[], Made], str]] = {
    "labels shifted by one": (shifted, "GR-ALIGN"),
    "predictions shifted by one": (shifted_predictions, "GR-ALIGN"),
    "pads in the score, tagged O": (lambda: padded("O"), "GR-PADLABEL"),
    "pads in the loss, with a tag of their own": (lambda: padded("PAD"), "GR-PADLABEL"),
    "special labels trainable": (lambda: framed("[CLS]", "[SEP]"), "GR-SPECIALLABEL"),
    "special tokens scored as O": (lambda: framed("O", "O"), "GR-SPECIALLABEL"),
    "particles inside entities": (in_eojeols, "GR-JOSA"),
    "particles taken with names": (particles_answered, "GR-JOSA"),
    "labels cut at the limit": (cut, "GR-TRUNC"),
    "texts and labels cut at the limit": (cut_with_texts, "GR-TRUNC"),
    "scheme mixed": (lambda: in_schemes(2), "GR-SCHEME"),
    "tags that break the scheme": (stray, "GR-SCHEME"),
    "no entity found": (nothing_found, "GR-TOKENACC"),
    "token F1 told as F1": (token_f1_told, "GR-METRICMISMATCH"),
    "old types lost to a new one": (half_forgotten, "GR-FORGET"),
    "new texts without the old types": (lambda: extended(predictions(sentences()[1]), n_old_marked=0), "GR-FORGET"),
    "test texts decomposed": (lambda: written(lambda text: normalize("NFD", text)), "GR-NFD"),
    "test texts without blanks": (lambda: written(lambda text: text.replace(" ", "")), "GR-SPACING"),
}
HEALTHY: dict[str, Callable[[], Made]] = {
    "morphemes in BIO, whole": whole,
    "the same in BIOES": lambda: in_schemes(1),
    "padding without tags": lambda: padded(None),
    "special tokens without tags": lambda: framed(None, None),
    "entity F1 told as F1": entity_f1_told,
    "a type added, the others kept": lambda: extended(predictions(sentences()[1])),
    "texts as they are": lambda: written(lambda text: text),
}
