"""Baselines of tags on corpora whose answer is known by hand, and against scikit-learn's own probabilities."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from seqwise.baselines.contract import TextUnits
from seqwise.baselines.dictionary import Dictionary
from seqwise.baselines.name_matches import Names, learn_names
from seqwise.baselines.surface import PASSES, STRENGTH, Surface
from seqwise.baselines.surface_features import SurfaceFeatures, shape
from seqwise.baselines.unit_tag import UnitTag
from seqwise.errors import UsageError
from seqwise.records import FlatUnits, Span
from seqwise.spans.schemes import BIO


def words(*texts: str, tags=("a", "b", "c"), scheme=None) -> TextUnits:
    """A unit is what stands between blanks."""
    edges = [np.array([(m, m + len(w)) for m, w in _placed(text)]).reshape(-1, 2) for text in texts]
    offsets = np.cumsum([0, *map(len, edges)])
    return TextUnits(texts, FlatUnits(np.concatenate(edges).astype(np.int64), offsets), tags, scheme)


def characters(*texts: str, tags, scheme=BIO) -> TextUnits:
    edges = [(i, i + 1) for text in texts for i in range(len(text))]
    return TextUnits(texts, FlatUnits(np.array(edges), np.cumsum([0, *map(len, texts)])), tags, scheme)


def _placed(text):
    start = 0
    for word in text.split(" "):
        yield start, word
        start += len(word) + 1


def test_unit_tag_is_the_smoothed_share_of_the_word() -> None:
    # "x" three times: a, a, b. Words that occur once: y b, z c, w c, so the prior is 0, 1/3, 2/3.
    rows = words("x x y", "x z w")
    baseline = UnitTag().fit(rows, np.array([0, 0, 1, 1, 2, 2]), n_labels=3, seed=0)
    found = np.exp(baseline.log_probabilities(words("x y new")))
    x, y, new = [2 / 4, (1 + 1 / 3) / 4, (2 / 3) / 4], [0, (1 + 1 / 3) / 2, (2 / 3) / 2], [0, 1 / 3, 2 / 3]
    np.testing.assert_allclose(found, [x, y, new], atol=1e-6)


def test_unit_tag_never_lets_the_prior_outvote_a_word_that_was_seen() -> None:
    rows = words(*[f"r{i}" for i in range(50)], "x")
    baseline = UnitTag().fit(rows, np.array([0] * 50 + [1]), n_labels=2, seed=0)
    assert baseline.log_probabilities(words("x")).argmax() == 1


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("서울에서 봤다", [(0, 2)]),  # a particle follows
        ("서울대학교에서", [(0, 5)]),
        ("서울 역에서", [(0, 4)]),  # the longest of two
        ("서울시장", []),  # 시장 is no particle
        ("남서울", []),  # not from the word's beginning
        ("(서울)", [(1, 3)]),
        ("서울", [(0, 2)]),  # at the end of the text, shorter than the longest name
        ("서울 서울대학교", [(0, 2), (3, 8)]),
        ("NY is not NYC", [(0, 2)]),
        ("", []),
    ],
)
def test_names_are_found_from_a_words_beginning_by_longest_match(text, found) -> None:
    names = Names({"서울": "LC", "서울 역": "LC", "서울대학교": "LC", "NY": "LC"})
    assert names.matches(text) == [Span(*edges, "LC") for edges in found]


def test_a_name_has_its_most_frequent_label_and_goes_where_it_is_mostly_none() -> None:
    texts = ["Ford", "Ford", "Ford", "May", "May", "May", "Al"]
    entities = [
        [Span(0, 4, "PS")],
        [Span(0, 4, "OG")],
        [Span(0, 4, "OG")],
        [Span(0, 3, "PS")],
        [],
        [],
        [Span(0, 2, "PS")],
    ]
    assert learn_names(texts, entities).labels == {"Ford": "OG", "Al": "PS"}


def test_the_dictionary_tags_the_characters_of_a_name_before_a_particle() -> None:
    tags = ("O", "B-LC", "I-LC")
    rows = characters("서울은", "서울에", "나는 서울", tags=tags)
    baseline = Dictionary().fit(rows, np.array([1, 2, 0, 1, 2, 0, 0, 0, 0, 1, 2]), n_labels=3, seed=0)
    answers = baseline.log_probabilities(characters("저 서울까지도", "서울시장", tags=tags)).argmax(axis=1)
    assert answers.tolist() == [0, 0, 1, 2, 0, 0, 0, 0, 0, 0, 0]


def test_of_two_names_in_one_unit_the_first_gives_its_tag() -> None:
    rows = words("서울", "부산", tags=("B-LC", "B-PS"), scheme=BIO)
    baseline = Dictionary().fit(rows, np.array([0, 1]), n_labels=2, seed=0)
    asked = words("서울/부산", "부산/서울", tags=("B-LC", "B-PS"), scheme=BIO)
    assert baseline.log_probabilities(asked).argmax(axis=1).tolist() == [0, 1]


def test_the_dictionary_learns_to_trust_matches_from_texts_whose_own_names_are_left_out() -> None:
    # Every name occurs in one text alone, so no match is ever seen to be right, and words without a match are names.
    texts = [f"name{i} is" for i in range(30)]
    baseline = Dictionary().fit(words(*texts, tags=("O", "B-X"), scheme=BIO), np.array([1, 0] * 30), n_labels=2, seed=0)
    found = np.exp(baseline.log_probabilities(words("unknown", tags=("O", "B-X"), scheme=BIO)))
    np.testing.assert_allclose(found, [[0.5, 0.5]], atol=1e-9)


def test_the_dictionary_needs_entities() -> None:
    with pytest.raises(
        UsageError, match=r'evaluate\.baselines, head\.stand_on: found "dictionary", which looks for entities'
    ):
        Dictionary().fit(words("a b"), np.array([0, 1]), n_labels=3, seed=0)


def test_shapes_name_kinds_of_characters() -> None:
    assert [shape(word) for word in ("Seoul", "서울", "3천5백", "U.S.", "٣", "")] == [
        "Xx",
        "가",
        "d가d가",
        "X.X.",
        "d",
        "",
    ]


def test_features_know_the_neighbours_and_the_edges_of_their_own_text_alone() -> None:
    one, two = words("a b c", "d e f"), words("a b c", "x y z")
    features = SurfaceFeatures()
    features.fit_apply(words(*["a b c", "d e f", "x y z"] * 2), most=10_000)
    assert (features.apply(one)[:3] != features.apply(two)[:3]).nnz == 0
    other_neighbour = features.apply(words("a b f"))
    assert (features.apply(one)[:3] != other_neighbour).getnnz(axis=1).astype(bool).tolist() == [True, True, True]


def test_features_keep_the_most_frequent() -> None:
    features = SurfaceFeatures()
    assert features.fit_apply(words(*["a b c d"] * 3, "q r s"), most=20).shape[1] <= 20
    assert features.n_features <= 20


def test_surface_gives_the_probabilities_of_scikit_learns_model_on_its_features() -> None:
    rng = np.random.default_rng(0)
    texts = [" ".join(rng.choice(["Ann", "runs", "fast", "2021", "to", "Rome"], size=6)) for _ in range(40)]
    rows = words(*texts)
    targets = np.array([len(word) % 3 for word in rows.surfaces()])
    baseline = Surface().fit(rows, targets, n_labels=3, seed=0)
    present = SurfaceFeatures().fit_apply(rows, most=100_000)
    with np.testing.suppress_warnings() as quiet:
        quiet.filter(UserWarning)
        model = LogisticRegression(C=STRENGTH, solver="sag", max_iter=PASSES, tol=1e-3, random_state=0).fit(
            present, targets
        )
    np.testing.assert_allclose(np.exp(baseline.log_probabilities(rows)), model.predict_proba(present), atol=1e-5)
