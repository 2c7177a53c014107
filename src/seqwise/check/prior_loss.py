"""GR-PRIORLOSS: predictions in; says when their log loss is no better than that of the label shares alone."""

from collections import Counter

import numpy as np

from seqwise.check.contract import CheckSpec
from seqwise.check.scored import Scored, Z, mean_z, scored_splits
from seqwise.check.words import Text, Voice, Wording, number, split_name
from seqwise.records import Array, Evidence, Finding, Level

# Rows outside the majority that it takes to say "no better" and not only "worse": a weak but honest model shows its
# worth on a hundred of them.
FEWEST_MINORITY = 100
FEWEST_ROWS = 10
# Standard errors: beyond two it is no accident, beyond three nobody would call it one.
WORSE_WARNING, WORSE_ERROR = -Z, -3.0

_FIX = Text(
    "Set evaluate.temperature = true, stop earlier (training.patience = 1), raise head.dropout; check that the "
    "probability columns stand in the order of the labels.",
    "evaluate.temperature = true로 두고, 더 일찍 멈추고(training.patience = 1), head.dropout을 높이세요. 확률 열이 "
    "레이블 "
    "순서와 같은지도 확인하세요.",
)
_CAUSES = (
    Text("The model is too sure of its mistakes.", "모델이 틀린 답을 지나치게 확신합니다."),
    Text("The probability columns stand in another order than the labels.", "확률 열과 레이블의 순서가 다릅니다."),
    Text("The model has learnt nothing but the label shares.", "모델이 레이블 비율밖에 배우지 못했습니다."),
)


def _run(evidence: Evidence) -> list[Finding]:
    voice = Voice("prior_loss", "GR-PRIORLOSS", evidence.language)
    judged = [rows for rows in scored_splits(evidence) if _is_usable(rows)]
    found: list[Finding] = []
    for rows in judged:
        prior = _prior_losses(evidence, rows)
        level = _level(rows, prior)
        numbers = {"split": rows.split, "n": rows.n, **_losses(rows, prior)}
        found.append(voice.say(level, _words(rows, prior, level=level), numbers=numbers))
    return [finding for finding in found if finding.level != "pass"] or found


def _is_usable(rows: Scored) -> bool:
    return rows.are_probabilities and rows.n >= FEWEST_ROWS and rows.n_minority > 0


def _prior_losses(evidence: Evidence, rows: Scored) -> Array:
    """Losses of the training rows' label shares, one count added to each.

    Without training rows, each row is judged by the shares of the split's other rows, so that the prior has not seen
    the answer either: (count - 1 + 1) / (n - 1 + labels).
    """
    train = evidence.rows.get("train")
    if train is None or train.labels is None or len(rows.labels) != rows.outputs.shape[1]:
        return -np.log(rows.label_counts[rows.truth] / (rows.n - 1 + rows.outputs.shape[1]))
    counted = Counter(train.labels)
    counts = np.asarray([counted[label] + 1.0 for label in rows.labels])
    return -np.log(counts / counts.sum())[rows.truth]


def _level(rows: Scored, prior: Array) -> Level:
    advantage = mean_z(prior - rows.row_losses())
    if advantage < WORSE_ERROR:
        return "error"
    is_no_better = advantage < Z and rows.n_minority >= FEWEST_MINORITY
    return "warning" if advantage < WORSE_WARNING or is_no_better else "pass"


def _losses(rows: Scored, prior: Array) -> dict[str, float]:
    return {"log_loss": float(rows.row_losses().mean()), "prior_log_loss": float(prior.mean())}


def _words(rows: Scored, prior: Array, *, level: Level) -> Wording:
    split, losses = split_name(rows.split), _losses(rows, prior)
    model, constant = number(losses["log_loss"]), number(losses["prior_log_loss"])
    meaning = {
        "pass": Text(
            "The probabilities say more than the label shares do.", "확률이 레이블 비율보다 많은 것을 말합니다."
        ),
        "warning": Text(
            "The probabilities are not shown to say more than the label shares do.",
            "확률이 레이블 비율보다 많은 것을 말한다는 것이 보이지 않습니다.",
        ),
        "error": Text(
            "The probabilities are worse than the label shares alone.", "확률이 레이블 비율만 쓰는 것보다 나쁩니다."
        ),
    }[str(level)]
    message = Text(
        f"{meaning.en} On {rows.n:,} {split.en} rows the log loss is {model}, and that of the label shares is "
        f"{constant}.",
        f"{meaning.ko} {split.ko} 데이터 {rows.n:,}개에서 로그 손실은 {model}이고 레이블 비율의 로그 손실은 "
        f"{constant}입니다.",
    )
    title = {
        "pass": Text("Log loss below the prior's", "로그 손실이 사전 비율보다 낮음"),
        "warning": Text("Log loss at the prior's", "로그 손실이 사전 비율 수준"),
        "error": Text("Log loss above the prior's", "로그 손실이 사전 비율보다 높음"),
    }[str(level)]
    return Wording(title, message) if level == "pass" else Wording(title, message, _FIX, _CAUSES)


CHECK = CheckSpec(
    name="prior_loss",
    ids=("GR-PRIORLOSS",),
    run=_run,
    source="Author identification with a small BERT: final score 1.0n, where the label shares alone give 1.0886.",
)
