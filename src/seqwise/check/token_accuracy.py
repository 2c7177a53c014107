"""GR-TOKENACC: tags of a split in; says when most units are right and the entities are not."""

from dataclasses import dataclass

from seqwise.check.contract import CheckSpec
from seqwise.check.tags import accuracy, entity_counts, f1, is_scored
from seqwise.check.words import NO_TEXT, Text, Voice, Wording, share, split_name
from seqwise.records import Evidence, Finding, Level

# Entities that it takes to say anything of them.
FEWEST_ENTITIES = 10
# Under a half of the entities, and so much under the accuracy of units that the one says nothing of the other.
LOW, GAP = 0.5, 0.4

_FIX = Text(
    'Judge by entity_f1 (training.stop_on = "entity_f1", evaluate.verdict_on = "entity_f1"), and train longer or with '
    "another training.learning_rate.",
    'entity_f1로 판단하고(training.stop_on = "entity_f1", evaluate.verdict_on = "entity_f1"), 더 오래 또는 다른 '
    "training.learning_rate로 학습하세요.",
)
_CAUSES = (
    Text(
        "Most units are outside of all entities, and O is right for them.", "대부분의 단위가 개체 밖이라 O가 맞습니다."
    ),
    Text("The model has had too few updates to name entities.", "개체를 찾기에는 갱신 횟수가 모자랍니다."),
)


@dataclass(frozen=True)
class _Both:
    """Units and entities of one split, side by side."""

    split: str
    accuracy: float
    n_right: int
    n_found: int
    n_gold: int
    is_footnote: bool

    @property
    def f1(self) -> float:
        return f1((self.n_right, self.n_found, self.n_gold))

    @property
    def level(self) -> Level:
        if self.n_right == 0:
            return "error"
        if self.f1 >= LOW or self.accuracy - self.f1 < GAP:
            return "pass"
        return "info" if self.is_footnote else "warning"

    def numbers(self) -> dict[str, object]:
        return {
            "split": self.split,
            "token_accuracy": self.accuracy,
            "entity_f1": self.f1,
            "n_right": self.n_right,
            "n_found": self.n_found,
            "n_gold": self.n_gold,
        }


def _run(evidence: Evidence) -> list[Finding]:
    voice = Voice("token_accuracy", "GR-TOKENACC", evidence.language)
    judged = [both for split in evidence.tagged if (both := _both(evidence, split)) is not None]
    worst = [both for both in judged if both.level != "pass"]
    return [voice.say(both.level, _words(both), numbers=both.numbers()) for both in worst or judged]


def _both(evidence: Evidence, split: str) -> _Both | None:
    facts, scores = evidence.tagged[split], evidence.scores
    if facts.gold is None or facts.found is None:
        return None
    n_right, n_found, n_gold = entity_counts(facts)
    units = is_scored(facts)
    if n_gold < FEWEST_ENTITIES or not units.any():
        return None
    told = {} if scores is None or split not in scores.splits else scores.splits[split].metrics
    return _Both(
        split=split,
        accuracy=accuracy(facts, units),
        n_right=n_right,
        n_found=n_found,
        n_gold=n_gold,
        is_footnote="entity_f1" in told,
    )


def _words(both: _Both) -> Wording:
    level, split = both.level, split_name(both.split)
    meaning = {
        "pass": Text("Units and entities tell the same story.", "단위와 개체의 점수가 같은 이야기를 합니다."),
        "info": Text("Token accuracy flatters this model.", "토큰 정확도가 이 모델을 좋게 보이게 합니다."),
        "warning": Text("Token accuracy hides that entities are missed.", "토큰 정확도가 놓친 개체를 감춥니다."),
        "error": Text("Not one entity is right.", "맞은 개체가 하나도 없습니다."),
    }[level]
    tokens, entities = share(both.accuracy, 1), share(both.f1, 1)
    message = Text(
        f"{meaning.en} On {split.en} texts {tokens} of the units are right, and entity F1 is {entities}: "
        f"{both.n_found:,} entities found, {both.n_right:,} of them right, {both.n_gold:,} in the data.",
        f"{meaning.ko} {split.ko} 데이터에서 단위의 {tokens}가 맞았고 개체 F1은 {entities}입니다. 찾은 개체 "
        f"{both.n_found:,}개, 그중 맞은 것 {both.n_right:,}개, 데이터의 개체 {both.n_gold:,}개.",
    )
    if level == "pass":
        return Wording(Text("Entities are scored", "개체로 채점함"), message, NO_TEXT)
    return Wording(Text("High token accuracy, few entities", "높은 토큰 정확도, 적은 개체"), message, _FIX, _CAUSES)


CHECK = CheckSpec(
    name="token_accuracy",
    ids=("GR-TOKENACC",),
    run=_run,
    source="Named-entity walk-through: 92.38 % token accuracy was the only score, and most tags are O.",
)
