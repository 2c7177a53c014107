"""GR-CHANCE: predictions and evaluations in; says when they are what guessing gives."""

from dataclasses import dataclass

import numpy as np

from seqwise.check.contract import CheckSpec
from seqwise.check.scored import Scored, Z, agreement_z, entropy, is_skilful, scored_splits
from seqwise.check.words import Text, Voice, Wording, number, share, split_name
from seqwise.records import Evidence, Finding, Level

# A loss within 1 % of ln K: 0.6931 becomes 0.686 to 0.700. A two-class model inside it is right on 56 % at most.
PINNED = 0.01
PINNED_EVALUATIONS = 2
PINNED_EVALUATIONS_ERROR = 3
# Only rows outside the majority can show skill. With 50 of them an interval reaches about 14 points to each side, with
# 100 about 10: from there on a useful model would have been seen.
MINORITY_WARNING = 50
MINORITY_ERROR = 100
# So far below independence that chance is out of the question: the columns or labels are exchanged.
REVERSED_Z, REVERSED_MINORITY = -5.0, 25

_CAUSES = (
    Text(
        "The gradient does not reach the encoder, or the state that is read holds no text (for example padding).",
        "기울기가 인코더에 닿지 않거나, 읽는 상태에 글이 들어 있지 않습니다(예: 패딩).",
    ),
    Text("The learning rate is far too high or too low.", "학습률이 지나치게 높거나 낮습니다."),
    Text("Text and labels do not belong together.", "글과 레이블이 서로 맞지 않습니다."),
    Text("The labels cannot be told from this text.", "이 글로는 레이블을 알아낼 수 없습니다."),
)
_FIX = Text(
    "Train on 20 rows until they are known by heart: if that fails, the wiring is wrong; if it works, change "
    "training.learning_rate by a factor of ten and raise training.epochs.",
    "데이터 20개를 외울 때까지 학습해 보세요. 실패하면 배선이 잘못된 것이고, 성공하면 training.learning_rate를 "
    "10배 바꾸고 training.epochs를 늘리세요.",
)


@dataclass(frozen=True)
class _Guess:
    """A loss that an answer without looking gives."""

    name: Text
    loss: float


def _run(evidence: Evidence) -> list[Finding]:
    voice = Voice("chance", "GR-CHANCE", evidence.language)
    losses = _finite_losses(evidence)
    judged = scored_splits(evidence)
    found = _pinned(voice, evidence, losses) if len(losses) >= PINNED_EVALUATIONS else []
    found += [finding for rows in judged if (finding := _judge(voice, rows)) is not None]
    if found or not (judged or len(losses) >= PINNED_EVALUATIONS):
        return found
    return [_passed(voice, judged, losses)]


def _finite_losses(evidence: Evidence) -> list[float]:
    return [point.validation_loss for point in evidence.history if np.isfinite(point.validation_loss)]


def _guesses(evidence: Evidence) -> list[_Guess]:
    n_labels = evidence.n_outputs or len(evidence.labels)
    guesses = [_Guess(Text(f"ln {n_labels}", f"ln {n_labels}"), float(np.log(n_labels)))] if n_labels > 1 else []
    rows = evidence.rows.get("validation")
    if rows is not None and rows.labels:
        loss = entropy(np.unique(list(rows.labels), return_counts=True)[1])
        guesses.append(_Guess(Text("the entropy of the label shares", "레이블 비율의 엔트로피"), loss))
    return [guess for guess in guesses if guess.loss > 0]


def _pinned(voice: Voice, evidence: Evidence, losses: list[float]) -> list[Finding]:
    for guess in _guesses(evidence):
        if max(abs(loss - guess.loss) for loss in losses) > PINNED * guess.loss:
            continue
        is_useless = not any(is_skilful(rows) for rows in scored_splits(evidence))
        level: Level = "error" if is_useless and len(losses) >= PINNED_EVALUATIONS_ERROR else "warning"
        numbers = {"losses": losses, "guess": guess.name.en, "guess_loss": guess.loss}
        return [voice.say(level, _words_pinned(guess, losses), numbers=numbers)]
    return []


def _judge(voice: Voice, rows: Scored) -> Finding | None:
    numbers = _numbers(rows)
    if rows.n_minority >= REVERSED_MINORITY and agreement_z(rows) < REVERSED_Z:
        return voice.say("error", _words_reversed(rows), numbers=numbers)
    if rows.n_minority == 0 or rows.n_right > _chance_interval(rows)[1] or is_skilful(rows):
        return None
    return voice.say(_level(rows), _words_chance(rows), numbers=numbers)


def _level(rows: Scored) -> Level:
    if rows.n_minority < MINORITY_WARNING:
        return "info"
    return "error" if rows.n_minority >= MINORITY_ERROR else "warning"


def _chance_interval(rows: Scored) -> tuple[float, float]:
    """Hits, 95 %, of rows answered at random with the majority's share as the chance of a hit (binomial)."""
    p = rows.n_majority / rows.n
    half = Z * float(np.sqrt(rows.n * p * (1 - p)))
    return max(rows.n_majority - half, 0.0), min(rows.n_majority + half, float(rows.n))


def _numbers(rows: Scored) -> dict[str, object]:
    low, high = _chance_interval(rows)
    return {
        "split": rows.split,
        "n": rows.n,
        "n_right": rows.n_right,
        "n_majority": rows.n_majority,
        "chance_low": low / rows.n,
        "chance_high": high / rows.n,
        "agreement_z": agreement_z(rows),
    }


def _words_chance(rows: Scored) -> Wording:
    split, n = split_name(rows.split), f"{rows.n:,}"
    right, part = f"{rows.n_right:,}", share(rows.n_right, rows.n)
    low, high = (share(hits, rows.n) for hits in _chance_interval(rows))
    message = Text(
        f"The answers cannot be told from guessing. {right} of {n} {split.en} rows are right ({part}); guessing as "
        f"often "
        f"right as the most frequent label is gives {low} to {high}.",
        f"답이 찍은 것과 구별되지 않습니다. {split.ko} 데이터 {n}개 중 {right}개({part})가 맞았고, 가장 흔한 레이블의 "
        f"비율만큼 맞히며 찍으면 {low}에서 {high}가 나옵니다.",
    )
    return Wording(Text("Accuracy is what chance gives", "정확도가 우연 수준"), message, _FIX, _CAUSES)


def _words_pinned(guess: _Guess, losses: list[float]) -> Wording:
    low, high, n = number(min(losses)), number(max(losses)), len(losses)
    message = Text(
        f"The model has not learnt anything that shows on validation rows. Over {n} evaluations the validation loss "
        f"stayed between {low} and {high}, and {guess.name.en} is {number(guess.loss)}.",
        f"모델이 검증 데이터에서 드러나는 것을 전혀 배우지 못했습니다. 평가 {n}번 동안 검증 손실이 {low}와 {high} "
        f"사이에 머물렀고, {guess.name.ko}는 {number(guess.loss)}입니다.",
    )
    return Wording(Text("The loss is pinned at guessing", "손실이 찍기 수준에 머묾"), message, _FIX, _CAUSES)


def _words_reversed(rows: Scored) -> Wording:
    split, n, right = split_name(rows.split), f"{rows.n:,}", f"{rows.n_right:,}"
    part, z = share(rows.n_right, rows.n), number(agreement_z(rows))
    message = Text(
        f"The answers are wrong far more often than guesses are. {right} of {n} {split.en} rows are right ({part}), "
        f"{z} standard errors from independence.",
        f"찍는 것보다 훨씬 자주 틀립니다. {split.ko} 데이터 {n}개 중 {right}개({part})만 맞았고, 이는 독립일 때보다 "
        f"표준 오차의 {z}배입니다.",
    )
    fix = Text(
        "Compare the order of the probability columns with data.labels, and the row ids with the rows.",
        "확률 열의 순서를 data.labels와, 행 id를 행과 맞춰 보세요.",
    )
    cause = Text(
        "The probability columns stand in another order than the labels.", "확률 열과 레이블의 순서가 서로 다릅니다."
    )
    return Wording(Text("Worse than chance", "우연보다 나쁨"), message, fix, (cause,))


def _passed(voice: Voice, judged: list[Scored], losses: list[float]) -> Finding:
    numbers: dict[str, object] = {rows.split: _numbers(rows) for rows in judged}
    if not judged:
        best = number(min(losses))
        message = Text(
            f"The validation loss moves. The lowest of {len(losses)} evaluations is {best}.",
            f"검증 손실이 움직입니다. 평가 {len(losses)}번 중 가장 낮은 값은 {best}입니다.",
        )
        return voice.say("pass", Wording(Text("Loss moves", "손실이 움직임"), message), numbers={"losses": losses})
    rows = judged[-1]
    split, part, most = split_name(rows.split), share(rows.n_right, rows.n), share(rows.n_majority, rows.n)
    message = Text(
        f"The answers are not guesses. {part} of {rows.n:,} {split.en} rows are right, where the most frequent label "
        f"stands on {most}.",
        f"답이 찍은 것이 아닙니다. {split.ko} 데이터 {rows.n:,}개 중 {part}가 맞았고, 가장 흔한 레이블의 비율은 "
        f"{most}입니다.",
    )
    return voice.say("pass", Wording(Text("Not chance", "우연이 아님"), message), numbers=numbers)


CHECK = CheckSpec(
    name="chance",
    ids=("GR-CHANCE",),
    run=_run,
    source="Textbook chapter on recurrent networks: 50.4 % of IMDB's test rows after 5 epochs, loss 0.69 = ln 2.",
)
