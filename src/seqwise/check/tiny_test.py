"""GR-TINYTEST: the scored split in; says when it has too few rows to tell what is claimed, and how many it takes."""

from dataclasses import dataclass
from math import ceil, isfinite

from seqwise.check.contract import CheckSpec
from seqwise.check.scored import Z, main_split, scored_splits, wilson
from seqwise.check.tags import entity_counts
from seqwise.check.words import NO_TEXT, Text, Voice, Wording, number, share, split_name
from seqwise.records import Evidence, Finding, Level, Verdict

# Five points of accuracy are the difference that a change of method usually makes; ten points are a difference in kind.
WIDE = 0.05
VERY_WIDE = 0.10
# Of two equal models one is ahead on each of five blocks in one case of sixteen (the sign test).
FEWEST_BLOCKS = 6
# A number of rows beyond this is no advice any more.
MOST_ROWS = 10_000_000


ROWS, ENTITIES = Text("rows", "행"), Text("entities", "개체")


@dataclass(frozen=True)
class _Size:
    """How sharp the accuracy of one split is."""

    split: str
    n: int
    n_right: float
    verdict: Verdict | None
    of: Text = ROWS

    @property
    def interval(self) -> tuple[float, float]:
        return wilson(self.n_right, self.n)

    @property
    def half_width(self) -> float:
        low, high = self.interval
        return (high - low) / 2

    @property
    def rows_for_wide(self) -> int:
        """Rows that bring the half-width to five points; two hits and misses added (Agresti and Coull 1998)."""
        p = (self.n_right + 2) / (self.n + 4)
        return ceil(Z**2 * p * (1 - p) / WIDE**2)

    @property
    def rows_for_difference(self) -> int | None:
        """Rows that would tell the seen difference from zero; None when it is told, or when there is none to tell."""
        verdict = self.verdict
        if verdict is None or not verdict.low <= 0 <= verdict.high or verdict.difference == 0:
            return None
        times = ((verdict.high - verdict.low) / 2 / abs(verdict.difference)) ** 2
        return ceil(self.n * times) if isfinite(times) and self.n * times < MOST_ROWS else None

    def numbers(self) -> dict[str, object]:
        low, high = self.interval
        return {
            "split": self.split,
            "n": self.n,
            "accuracy": self.n_right / self.n,
            "low": low,
            "high": high,
            "half_width": self.half_width,
            "rows_for_0.05": self.rows_for_wide,
            "rows_for_difference": self.rows_for_difference,
        }


def _run(evidence: Evidence) -> list[Finding]:
    voice = Voice("tiny_test", "GR-TINYTEST", evidence.language)
    blocks, size = _few_blocks(voice, evidence), _size(evidence)
    if size is None:
        return blocks
    level = _level(size)
    return [voice.say(level, _words(size, level), numbers=size.numbers()), *blocks]


def _few_blocks(voice: Voice, evidence: Evidence) -> list[Finding]:
    """Of series, where so few stretches of time or units are tested that no interval and no verdict can be drawn."""
    counts = {} if evidence.series is None else dict(evidence.series.n_blocks)
    split = main_split(counts)
    if split is None or counts[split] >= FEWEST_BLOCKS:
        return []
    n, name = counts[split], split_name(split)
    message = Text(
        f"The {name.en} windows lie in {n} stretch{'es' if n > 1 else ''} of a horizon, and windows of one stretch "
        f"share their steps. Below {FEWEST_BLOCKS} nothing can be shown to be better, and intervals are too narrow.",
        f"{name.ko} 윈도는 예측 구간 {n}개에 몰려 있고, 한 구간의 윈도는 단계를 함께 씁니다. "
        f"{FEWEST_BLOCKS}개보다 적으면 더 낫다고 말할 수 없고, 신뢰 구간은 너무 좁습니다.",
    )
    fix = Text(
        "Hold out more times (data.test), shorten prepare.horizon, or test on several units.",
        "더 긴 기간을 떼어 두거나(data.test), prepare.horizon을 줄이거나, 여러 단위에서 시험하세요.",
    )
    title = Text("Too few stretches of time", "시험 구간이 너무 적음")
    return [voice.say("warning", Wording(title, message, fix), numbers={"split": split, "n_blocks": n})]


def _size(evidence: Evidence) -> _Size | None:
    """From the predictions, else from the scores; the split that carries the claim."""
    judged = {rows.split: rows for rows in scored_splits(evidence)}
    scores = {} if evidence.scores is None else evidence.scores.splits
    split = main_split({**judged, **scores})
    if split is None:
        return None
    verdict = scores[split].verdict if split in scores else None
    facts = evidence.tagged.get(split)
    if facts is not None and facts.gold is not None and facts.found is not None:
        n_right, _, n_gold = entity_counts(facts)
        return _Size(split, n_gold, n_right=n_right, verdict=verdict, of=ENTITIES) if n_gold else None
    if split in judged:
        return _Size(split, judged[split].n, n_right=judged[split].n_right, verdict=verdict)
    accuracy = scores[split].metrics.get("accuracy")
    if accuracy is None or scores[split].n < 1 or not 0 <= accuracy.value <= 1:
        return None
    return _Size(split, scores[split].n, n_right=accuracy.value * scores[split].n, verdict=verdict)


def _level(size: _Size) -> Level:
    if size.half_width > VERY_WIDE or (size.half_width > WIDE and size.rows_for_difference is not None):
        return "warning"
    return "info" if size.half_width > WIDE or size.rows_for_difference is not None else "pass"


def _words(size: _Size, level: Level) -> Wording:
    split, part, of = split_name(size.split), share(size.n_right, size.n), size.of
    low, high = (share(end, 1) for end in size.interval)
    meaning = {
        "pass": Text(f"There are enough {of.en} to believe the score.", f"점수를 믿을 만큼 {of.ko} 수가 많습니다."),
        "info": Text(
            "The score is blunt: small differences do not show.", "점수가 무뎌서 작은 차이는 보이지 않습니다."
        ),
        "warning": Text(
            f"There are too few {of.en} to tell what the score says.", f"점수를 말하기에는 {of.ko} 수가 너무 적습니다."
        ),
    }[level]
    message = Text(
        f"{meaning.en} {part} of {size.n:,} {split.en} {of.en} are right, and the 95 % interval reaches from {low} "
        f"to {high}.",
        f"{meaning.ko} {split.ko} {of.ko} {size.n:,}개 중 {part}가 맞았고, 95 % 구간은 {low}에서 {high}까지입니다.",
    )
    title = {
        "pass": Text(f"Enough {of.en}", f"{of.ko} 수가 충분함"),
        "info": Text(f"Few {of.en}", f"{of.ko} 수가 적음"),
        "warning": Text(f"Too few {of.en}", f"{of.ko} 수가 너무 적음"),
    }[level]
    return Wording(title, message, NO_TEXT if level == "pass" else _fix(size))


def _fix(size: _Size) -> Text:
    wanted, of = f"{size.rows_for_wide:,}", size.of
    english = f"Score {wanted} {of.en} or more (data.test) for an interval of 5 points on each side"
    korean = f"구간을 양쪽 5점으로 좁히려면 {of.ko} {wanted}개 이상에서 점수를 내세요(data.test)"
    if size.rows_for_difference is None:
        return Text(f"{english}.", f"{korean}.")
    difference, rows = number(abs(size.verdict.difference)) if size.verdict else "", f"{size.rows_for_difference:,}"
    return Text(
        f"{english}; about {rows} {of.en} would tell the seen difference of {difference} from zero.",
        f"{korean}. 보인 차이 {difference}이(가) 0과 다른지 알려면 약 {rows}개의 {of.ko} 데이터가 필요합니다.",
    )


CHECK = CheckSpec(
    name="tiny_test",
    ids=("GR-TINYTEST",),
    run=_run,
    source="Roster forecast with BERT (2022): 3 test weeks, 21 labels; the 95 % interval of 9/21 is 24 to 63 %.",
)
