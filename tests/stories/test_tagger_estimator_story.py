"""SequenceTagger: the run that `seqwise fit` makes of the same sentences, under scikit-learn's own tools."""

import pickle
from pathlib import Path

import numpy as np
import pytest
from seqeval.metrics import accuracy_score, f1_score
from seqeval.scheme import IOB2, IOBES
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score

from seqwise import SequenceTagger, workflow
from seqwise.errors import DataError, UsageError
from seqwise.predict import load_predictor
from seqwise.read.splits import read_tagged_rows
from seqwise.read.tagged.writing import Target, convert
from seqwise.settings.reading import settings_from_tables
from seqwise.workflow import FitOptions

PARTS = {"PS": ("Kim", "Lee", "Ann Park"), "LC": ("Seoul", "New York"), "": ("lives in", "saw", "is long", "and")}
SETTINGS = {
    "prepare": {"min_freq": 1},
    "encoder": {"embedding": 16, "hidden": [16]},
    "evaluate": {"samples": 100, "baselines": ["unit_tag"]},
}
Lists = list[list[str]]


def sentences(n: int, *, seed: int = 0, scheme: str = "BIO") -> tuple[Lists, Lists]:
    """Parts in any order; seen words tell their labels, so a tagger can learn them."""
    rng = np.random.default_rng(seed)
    words: Lists = []
    tags: Lists = []
    for _ in range(n):
        words.append([])
        tags.append([])
        for label in rng.choice(list(PARTS), size=4).tolist():
            part = str(rng.choice(PARTS[label])).split()
            words[-1] += part
            roles = [] if scheme == "BIO" else ["S"] if len(part) == 1 else ["B", "E"]
            roles = roles or ["B", *["I"] * (len(part) - 1)]
            tags[-1] += [f"{role}-{label}" if label else "O" for role in roles]
    return words, tags


def own_tags(words: Lists) -> Lists:
    return [["UP" if word[0].isupper() else "LOW" for word in own] for own in words]


def write(path: Path, words: Lists, tags: Lists) -> str:
    blocks = [
        "".join(f"{word}\t{tag}\n" for word, tag in zip(*both, strict=True)) for both in zip(words, tags, strict=True)
    ]
    path.write_text("\n".join(blocks), encoding="utf-8")
    return str(path)


def spans_of(path: str) -> tuple[list[str], list[list[tuple[int, int, str]]]]:
    rows, _ = read_tagged_rows(path, settings_from_tables(tables(path), origin="test").settings.data)
    assert rows.annotations is not None
    return list(rows.texts), [[(s.start, s.end, s.label) for s in each.entities] for each in rows.annotations]


def tables(train: str, **data: str) -> dict[str, object]:
    return {
        "task": "tag",
        "data": {"train": train, "validation": 0.25, **data},
        **SETTINGS,
        "encoder": {"name": "window", **SETTINGS["encoder"]},
        "training": {"epochs": 4, "batch_size": 8, "learning_rate": 0.02},
        "runtime": {"seed": 3},
    }


def small(**changes: object) -> SequenceTagger:
    given = {"epochs": 4, "batch_size": 8, "learning_rate": 0.02, "validation": 0.25, "seed": 3, "settings": SETTINGS}
    return SequenceTagger(**{**given, **changes})


@pytest.fixture(scope="module")
def fitted() -> SequenceTagger:
    return small().fit(*sentences(120))


def run_of(folder: Path, words: Lists, tags: Lists, **data: str) -> Path:
    loaded = settings_from_tables(tables(write(folder / "train.conll", words, tags), **data), origin="test")
    return workflow.fit(loaded, folder / "run", options=FitOptions(is_quiet=True)).folder


@pytest.mark.parametrize("scheme", ["auto", "none"])
def test_the_model_is_that_of_the_run_of_the_same_file(scheme: str, tmp_path: Path) -> None:
    words, tags = sentences(60)
    tags = tags if scheme == "auto" else own_tags(words)
    run = run_of(tmp_path, words, tags, scheme=scheme)
    tagger = small(scheme=scheme, run_folder=str(tmp_path / "own")).fit(words, tags)
    new, new_tags = sentences(20, seed=1)
    rows, _ = read_tagged_rows(
        write(tmp_path / "new.conll", new, new_tags if scheme == "auto" else own_tags(new)),
        settings_from_tables(tables("x", scheme=scheme), origin="test").settings.data,
    )
    expected = load_predictor(run / "model").predict(rows)
    np.testing.assert_array_equal(np.concatenate(tagger.predict_proba(new)), expected.probabilities)
    assert tagger.classes_.tolist() == list(expected.labels)
    assert (tmp_path / "own" / "scores.json").read_text() == (run / "scores.json").read_text()


def test_spans_of_texts_are_the_run_of_a_file_of_spans(tmp_path: Path) -> None:
    texts, spans = spans_of(write(tmp_path / "train.conll", *sentences(60)))
    convert(tmp_path / "train.conll", tmp_path / "marked.txt", target=Target("inline"))
    loaded = settings_from_tables(tables(str(tmp_path / "marked.txt")), origin="test")
    run = workflow.fit(loaded, tmp_path / "run", options=FitOptions(is_quiet=True)).folder
    tagger = small().fit(texts, spans)
    rows, _ = read_tagged_rows(str(tmp_path / "marked.txt"), loaded.settings.data)
    expected = load_predictor(run / "model").predict(rows)
    np.testing.assert_array_equal(np.concatenate(tagger.predict_proba(texts)), expected.probabilities)
    assert expected.tagged is not None
    assert tagger.predict(texts) == [[(s.start, s.end, s.label) for s in own] for own in expected.tagged.found]
    assert tagger.score(texts, spans) > 0.9


def test_the_score_is_seqevals_and_the_tags_are_one_a_word(fitted: SequenceTagger) -> None:
    words, tags = sentences(60, seed=1)
    words = [["Bo" if word == "Kim" else word for word in own] for own in words]
    said = fitted.predict(words)
    assert [len(own) for own in said] == [len(own) for own in words]
    expected = f1_score(tags, said, mode="strict", scheme=IOB2)
    assert 0.3 < expected < 1.0
    assert fitted.score(words, tags) == pytest.approx(expected)


def test_tags_come_back_in_their_own_scheme() -> None:
    words, tags = sentences(120, scheme="BIOES")
    tagger = small().fit(words, tags)
    said = tagger.predict(words)
    assert {tag[0] for own in said for tag in own} == set("BESO")
    assert tagger.score(words, tags) == pytest.approx(f1_score(tags, said, mode="strict", scheme=IOBES))
    assert tagger.scheme_ == "BIOES spelt B-PS"


def test_tags_of_words_own_have_accuracy() -> None:
    words, _ = sentences(60)
    tags = own_tags(words)
    tagger = small(scheme="none", epochs=1).fit(words, tags)
    assert tagger.classes_.tolist() == ["LOW", "UP"]
    assert tagger.score(words, tags) == pytest.approx(accuracy_score(tags, tagger.predict(words)))
    with pytest.raises(UsageError, match="hold no entities"):
        tagger.entities(words)


def test_entities_have_their_characters_and_their_probability(fitted: SequenceTagger) -> None:
    (found,) = fitted.entities([["Ann", "Park", "saw", "Seoul"]])
    assert [(each["start"], each["end"], each["label"], each["text"]) for each in found] == [
        (0, 8, "PS", "Ann Park"),
        (13, 18, "LC", "Seoul"),
    ]
    first = fitted.predict_proba([["Ann", "Park", "saw", "Seoul"]])[0]
    assert found[1]["probability"] == pytest.approx(first[3, fitted.classes_.tolist().index("B-LC")])
    assert fitted.entities(["Ann Park saw Seoul"]) == [found]


def test_nothing_and_empty_sentences_are_answered(fitted: SequenceTagger) -> None:
    assert (fitted.predict([]), fitted.predict_proba([]), fitted.entities([])) == ([], [], [])
    assert fitted.predict([[], ["Seoul"]]) == [[], ["B-LC"]]
    assert fitted.entities([[]]) == [[]]


def test_fit_leaves_scores_with_a_baseline_and_a_verdict(fitted: SequenceTagger) -> None:
    assert fitted.scores_ is not None
    validation = fitted.scores_.splits["validation"]
    assert set(validation.baselines) == {"unit_tag"}
    assert validation.verdict.metric == "entity_f1"
    assert fitted.findings_


def test_clones_with_its_parameters_and_pickles(fitted: SequenceTagger) -> None:
    assert clone(small(scheme="BIO")).get_params() == small(scheme="BIO").get_params()
    words, _ = sentences(5, seed=2)
    assert pickle.loads(pickle.dumps(fitted)).predict(words) == fitted.predict(words)


def test_works_under_cross_validation_and_grid_search() -> None:
    words, tags = sentences(60)
    assert cross_val_score(small(epochs=8), words, tags, cv=2).mean() > 0.8
    search = GridSearchCV(small(), {"epochs": [1, 8]}, cv=2).fit(words, tags)
    assert search.best_params_ == {"epochs": 8}


TWO = [["Kim", "saw", "Lee"], ["Seoul"]]


@pytest.mark.parametrize(
    ("X", "y", "told"),
    [
        (TWO, [["O", "O", "O"]], r"^y: has 1 lists for 2 sentences"),
        (TWO, [["O", "O", "O"], ["O", "O"]], r"^y\[1\]: has 2 tags for 1 words"),
        (TWO, ["O O O", ["O"]], r"^y\[0\]: found str, not a list of tags"),
        (TWO, [["O", 1, "O"], ["O"]], r"^y\[0\]\[1\]: found int, not a tag"),
        (TWO, "O O", r"^y: has 0 lists"),
        (TWO, None, r"^y: has 0 lists"),
        ("Kim saw", [["O"]], r"^X: found one text, not a list of sentences"),
        ([["Kim"], "Lee"], [["O"], ["O"]], r"^X\[1\]: found one text among lists of words"),
        ([["Kim"], None], [["O"], ["O"]], r"^X\[1\]: found NoneType, not a sentence"),
        ([["Kim", ""], ["a", 3]], [["O", "O"]] * 2, r"X\[0\]\[1\]: found an empty word.*\nX\[1\]\[1\]: found int"),
        (TWO, [["B-PS", "O", "I-PS"], ["B-LC"]], r'y\[0\]\[2\]: tag "I-PS" after "O".*Did you mean "B-PS"\?'),
        (TWO, [["NOUN", "VERB", "NOUN"], ["NOUN"]], r'"none" where every word has a tag of its own'),
        (["Kim saw"], [[(0, 3)]], r"^y\[0\]\[0\]: found \(0, 3\), not a span"),
        (["Kim saw"], [(0, 3, "PS")], r"^y\[0\]\[0\]: found 0, not a span"),
        (["Kim saw"], [None], r"^y\[0\]: found NoneType, not a list of spans"),
        (["Kim", "Lee"], [[(0, 3, "PS")], [(0, 9, "PS")]], r"^y\[1\]\[0\]: span 0 to 9 \(PS\) leaves the text of 3"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(X: object, y: object, told: str) -> None:
    with pytest.raises(DataError, match=told):
        small().fit(X, y)


def test_a_named_scheme_is_kept_and_a_misspelt_one_told() -> None:
    with pytest.raises(DataError, match=r'y\[0\]\[0\]: tag "S-PS" is not a tag of BIO.*Did you mean "B-PS"'):
        small(scheme="BIO").fit(TWO, [["S-PS", "O", "B-PS"], ["O"]])
    with pytest.raises(UsageError, match=r"SequenceTagger data\.scheme: .*BIOES"):
        small(scheme="BIOE").fit(TWO, [["O"] * 3, ["O"]])
    with pytest.raises(UsageError, match="texts have no words with tags of their own"):
        small(scheme="none").fit(["Kim"], [["PS"]])


def test_more_faults_than_anyone_reads_are_counted() -> None:
    with pytest.raises(DataError, match=r"\nand 30 more\.$"):
        small(scheme="BIO").fit([["a"]] * 50, [["X"]] * 50)


def test_texts_are_not_taken_for_words(fitted: SequenceTagger) -> None:
    with pytest.raises(DataError, match=r"X: found texts; this tagger was fitted on words"):
        fitted.predict(["Kim saw Lee"])
    with pytest.raises(DataError, match=r'y\[0\]\[0\]: tag "S-PS" is not a tag of BIO'):
        fitted.score([["Kim"]], [["S-PS"]])
