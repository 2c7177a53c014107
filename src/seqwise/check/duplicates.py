"""GR-DUP: rows in; counts texts that stand in two splits, twice in one, nearly twice, or with two labels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from seqwise.check.contract import CheckSpec
from seqwise.check.near_text import near_pairs
from seqwise.check.scored import Scored, scored, wilson
from seqwise.check.texts import Flags, FoldedSplits, Overlap, contradictions, fold_splits, fold_text, repeated
from seqwise.check.words import NO_TEXT, Text, Voice, Wording, share, split_name
from seqwise.records import Evidence, Finding, Indices, Level, Rows

# One row in a hundred moves an accuracy of 85 % by 0.15 points at most: less than any interval of a usual test set.
ACROSS_WARNING = 0.01
# Templates and short answers are nearly alike by nature, and the model still has to tell them apart.
NEAR_WARNING = 0.10
# One or two rows meet by accident in a small file.
FEWEST_ROWS = 3
# More rows repeat than say something new: the number of rows is not the amount of data.
INSIDE_WARNING = 0.50
# With one row in twenty on a text that has two labels, no model can be right on about one in forty.
TORN_WARNING = 0.05
# Different texts of a split that are looked through for near copies: about 1 kB of memory each while it lasts.
MOST_COMPARED = 200_000

_FIX_ACROSS = Text(
    "Remove these texts from data.train or set data.group, and state the score on the rows that are not in train.",
    "이 글들을 data.train에서 빼거나 data.group을 두고, 학습 데이터에 없는 행에서의 점수를 밝히세요.",
)


@dataclass(frozen=True)
class _Across:
    """What a held-out split shares with the training rows, and what that does to its accuracy."""

    overlap: Overlap
    n_near: int
    accuracy: float | None = None
    accuracy_unseen: float | None = None
    half_width: float = 0.0

    @property
    def is_harmless(self) -> bool:
        """The accuracy without these rows stays inside the interval of the accuracy with them."""
        if self.accuracy is None or self.accuracy_unseen is None:
            return False
        return abs(self.accuracy - self.accuracy_unseen) <= self.half_width

    @property
    def level(self) -> Level:
        n, n_seen = self.overlap.n, self.overlap.n_seen
        is_many = n_seen >= max(FEWEST_ROWS, ACROSS_WARNING * n) or self.n_near >= max(FEWEST_ROWS, NEAR_WARNING * n)
        if is_many and not self.is_harmless:
            return "warning"
        return "info" if n_seen + self.n_near else "pass"

    def numbers(self) -> dict[str, object]:
        return {
            "split": self.overlap.split,
            "n": self.overlap.n,
            "n_identical": self.overlap.n_identical,
            "n_seen": self.overlap.n_seen,
            "n_near": self.n_near,
            "accuracy": self.accuracy,
            "accuracy_unseen": self.accuracy_unseen,
        }


@dataclass(frozen=True)
class _Near:
    """First rows of texts that nearly, but not quite, repeat a training text, or an earlier text of their own side."""

    across: Indices
    inside: Indices
    n_compared: int
    n_different: int


def _run(evidence: Evidence) -> list[Finding]:
    if not any(len(rows) for rows in evidence.rows.values()):
        return []
    voice = Voice("duplicates", "GR-DUP", evidence.language)
    splits = fold_splits(evidence.rows)
    near = _near(splits)
    overlaps = splits.overlaps()
    across = [_across(evidence, one, np.isin(splits.firsts[one.split], near.across)) for one in overlaps]
    found = [voice.say(one.level, _words_across(one), numbers=one.numbers()) for one in across if one.level != "pass"]
    for split in splits.rows:
        found += _inside(voice, splits, split=split, near=near)
        found += _torn(voice, splits, split)
    if not found:
        numbers = {split: len(rows) for split, rows in evidence.rows.items()}
        found = [voice.say("pass", _words_pass(sum(numbers.values())), numbers=numbers)]
    return found + _part(voice, near)


def _near(splits: FoldedSplits) -> _Near:
    """One search over the different texts of all splits, training texts first; a part of them where they are many."""
    texts: list[str] = []
    firsts: list[Indices] = []
    n_different = 0
    for split, rows in splits.rows.items():
        new = splits.new_rows(split)
        n_different += len(new)
        if len(new) > MOST_COMPARED:
            new = new[np.linspace(0, len(new) - 1, MOST_COMPARED).astype(np.int64)]
        texts += map(fold_text, rows.take(new).texts)
        firsts.append(splits.firsts[split][new])
    row = np.concatenate(firsts)
    pairs = near_pairs(texts)
    is_train = row < len(splits.rows.get("train", ()))
    is_inside = is_train[pairs[:, 1]] | ~is_train[pairs[:, 0]]
    return _Near(
        across=row[pairs[~is_inside, 1]],
        inside=np.unique(row[pairs[is_inside, 1]]),
        n_compared=len(row),
        n_different=n_different,
    )


def _across(evidence: Evidence, overlap: Overlap, is_near: Flags) -> _Across:
    n_near = int(is_near.sum())
    rows = _aligned(evidence, overlap.split)
    is_fresh = ~(overlap.is_seen | is_near)
    if rows is None or not is_fresh.any():
        return _Across(overlap, n_near)
    is_right = rows.predicted == rows.truth
    low, high = wilson(rows.n_right, rows.n)
    return _Across(
        overlap,
        n_near,
        accuracy=float(is_right.mean()),
        accuracy_unseen=float(is_right[is_fresh].mean()),
        half_width=(high - low) / 2,
    )


def _aligned(evidence: Evidence, split: str) -> Scored | None:
    """The split's predictions, when they stand in the order of its rows."""
    predictions = evidence.predictions.get(split)
    if predictions is None or predictions.ids != evidence.rows[split].ids:
        return None
    rows = scored(split, predictions)
    return rows if rows is not None and rows.n == len(evidence.rows[split]) else None


def _inside(voice: Voice, splits: FoldedSplits, *, split: str, near: _Near) -> list[Finding]:
    firsts = splits.firsts[split]
    n_repeated, n_near = repeated(firsts), len(np.intersect1d(near.inside, firsts))
    if n_repeated + n_near == 0:
        return []
    is_many = n_repeated >= max(FEWEST_ROWS, INSIDE_WARNING * len(firsts))
    numbers = {"split": split, "n": len(firsts), "n_repeated": n_repeated, "n_near": n_near}
    return [voice.say("warning" if is_many else "info", _words_inside(numbers, is_many=is_many), numbers=numbers)]


def _torn(voice: Voice, splits: FoldedSplits, split: str) -> list[Finding]:
    firsts, labels = splits.firsts[split], _labels(splits.rows[split])
    n_texts, n_rows = contradictions(firsts, labels) if labels is not None else (0, 0)
    if n_texts == 0:
        return []
    is_many = n_rows >= max(FEWEST_ROWS, TORN_WARNING * len(firsts))
    numbers = {"split": split, "n": len(firsts), "n_texts": n_texts, "n_rows": n_rows}
    return [voice.say("warning" if is_many else "info", _words_torn(numbers), numbers=numbers)]


def _labels(rows: Rows) -> Sequence[str] | None:
    """A label of each row; of tagged texts their tags, and what is marked in them, wherever blanks stand."""
    if rows.annotations is None:
        return rows.labels
    return [
        repr((each.tags, [(fold_text(text[one.start : one.end]), one.label) for one in each.entities]))
        for text, each in zip(rows.texts, rows.annotations, strict=True)
    ]


def _part(voice: Voice, near: _Near) -> list[Finding]:
    """Near copies are counted in a part of the texts where comparing all would take minutes and gigabytes."""
    if near.n_compared == near.n_different:
        return []
    part = share(near.n_compared, near.n_different)
    message = Text(
        f"Exact copies are counted in all rows, but near copies were looked for among {near.n_compared:,} of "
        f"{near.n_different:,} different texts ({part}), so there are more of them.",
        f"똑같은 글은 모든 행에서 셌지만, 거의 같은 글은 서로 다른 글 {near.n_different:,}개 중 "
        f"{near.n_compared:,}개({part})에서만 찾았으므로 실제로는 더 많습니다.",
    )
    numbers = {"n_compared": near.n_compared, "n_different": near.n_different}
    return [
        voice.say(
            "info", Wording(Text("Near copies in a part", "일부에서 찾은 거의 같은 글"), message), numbers=numbers
        )
    ]


def _words_across(one: _Across) -> Wording:
    overlap = one.overlap
    split, part = split_name(overlap.split), share(overlap.n_seen, overlap.n)
    meaning = {
        "warning": Text("The score may be of memory in part.", "점수 일부가 암기일 수 있습니다."),
        "info": Text("A few scored texts are training texts.", "채점하는 글 중 일부가 학습한 글입니다."),
    }["warning" if one.level == "warning" else "info"]
    english = (
        f"{meaning.en} {overlap.n_seen:,} of {overlap.n:,} {split.en} texts ({part}) also stand in the training rows, "
        f"{overlap.n_identical:,} of them letter for letter; at least {one.n_near:,} more nearly do."
    )
    korean = (
        f"{meaning.ko} {split.ko} 글 {overlap.n:,}개 중 {overlap.n_seen:,}개({part})가 학습 데이터에도 있고, 그중 "
        f"{overlap.n_identical:,}개는 글자까지 같으며, 거의 같은 글이 적어도 {one.n_near:,}개 더 있습니다."
    )
    if one.accuracy is not None and one.accuracy_unseen is not None:
        with_them, without = share(one.accuracy, 1), share(one.accuracy_unseen, 1)
        english += f" Accuracy is {with_them} with them and {without} without."
        korean += f" 정확도는 이 글들을 넣으면 {with_them}, 빼면 {without}입니다."
    title = Text("Texts in training and in the scored rows", "학습 데이터와 채점 데이터에 같은 글")
    return Wording(title, Text(english, korean), _FIX_ACROSS)


def _words_inside(numbers: Mapping[str, str | int], *, is_many: bool) -> Wording:
    name, part = split_name(str(numbers["split"])), share(int(numbers["n_repeated"]), int(numbers["n"]))
    meaning = (
        Text("There is far less data than there are rows.", "행 수에 비해 실제 데이터가 훨씬 적습니다.")
        if is_many
        else Text("Some texts stand more than once, or nearly.", "되풀이되거나 거의 같은 글이 있습니다.")
    )
    n, n_repeated, n_near = (f"{numbers[key]:,}" for key in ("n", "n_repeated", "n_near"))
    message = Text(
        f"{meaning.en} {n_repeated} of {n} {name.en} rows ({part}) repeat an earlier text, and at least {n_near} texts "
        "nearly do.",
        f"{meaning.ko} {name.ko} 데이터 {n}개 중 {n_repeated}개({part})가 앞에 나온 글을 되풀이하고, 거의 같은 글이 "
        f"적어도 "
        f"{n_near}개 있습니다.",
    )
    fix = Text(
        "Keep one row of each text, and count distinct texts when you judge the size of the data.",
        "글마다 한 행만 남기고, 데이터 크기는 서로 다른 글의 수로 세세요.",
    )
    return Wording(Text("Repeated texts", "되풀이되는 글"), message, fix if is_many else NO_TEXT)


def _words_torn(numbers: Mapping[str, str | int]) -> Wording:
    name = split_name(str(numbers["split"]))
    n_texts, n_rows, n = (f"{numbers[key]:,}" for key in ("n_texts", "n_rows", "n"))
    message = Text(
        f"The same text carries different labels, so nobody can be right on all of them. {n_texts} {name.en} texts on "
        f"{n_rows} of {n} rows do.",
        f"같은 글에 다른 레이블이 붙어 있어 아무도 모두 맞힐 수 없습니다. {name.ko} 글 {n_texts}개, 전체 {n}행 중 "
        f"{n_rows}행이 그렇습니다.",
    )
    fix = Text("Decide on one label for each of these texts.", "이 글마다 레이블을 하나로 정하세요.")
    return Wording(Text("Labels contradict each other", "서로 어긋나는 레이블"), message, fix)


def _words_pass(n: int) -> Wording:
    message = Text(
        f"No text stands twice. {n:,} rows were compared.", f"두 번 나오는 글이 없습니다. {n:,}행을 견주었습니다."
    )
    return Wording(Text("No duplicates", "중복 없음"), message)


CHECK = CheckSpec(
    name="duplicates",
    ids=("GR-DUP",),
    run=_run,
    source="NSMC: 1,571 of 50,000 test reviews also stand in train; roster story: 53 sequences copied 100 times.",
)
