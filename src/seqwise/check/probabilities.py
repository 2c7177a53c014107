"""GR-PROBS: predictions in; says when the rows are no probabilities, what they look like, and what mends them."""

from typing import Literal

import numpy as np

from seqwise.check.contract import CheckSpec
from seqwise.check.scored import CLIP, FLOAT_SLACK, ROUNDING
from seqwise.check.words import Text, Voice, Wording, number, share, split_name
from seqwise.records import Array, Evidence, Finding, Predictions

Kind = Literal["probabilities", "rounded", "single", "not finite", "log", "percent", "logits", "unnormalised"]

# Float32 sums of a few thousand columns stay within this; more comes from rounding in a file.
EXACT = 1e-3
# Percentages written with one decimal and a handful of labels.
PERCENT_ROUNDING = 1.0

_FIX = {
    "single": Text("Write one column for each label.", "레이블마다 열을 하나씩 쓰세요."),
    "not finite": Text(
        "Find the step at which the loss stops being a number: lower training.learning_rate, set training.clip = 1.0.",
        "손실이 수가 아니게 되는 단계를 찾으세요. training.learning_rate를 낮추고 training.clip = 1.0으로 두세요.",
    ),
    "log": Text("Take exp of every value.", "모든 값에 exp를 취하세요."),
    "percent": Text("Divide every value by 100.", "모든 값을 100으로 나누세요."),
    "logits": Text("Apply a softmax to each row, once.", "행마다 소프트맥스를 한 번 적용하세요."),
    "unnormalised": Text(
        "Use one softmax over the labels instead of a sigmoid for each, or divide each row by its sum.",
        "레이블마다의 시그모이드 대신 레이블 전체에 소프트맥스를 쓰거나, 행을 그 합으로 나누세요.",
    ),
}


def kind_of(outputs: Array) -> Kind:
    """What a table of outputs (row, label) is, judged by its numbers alone."""
    if not np.isfinite(outputs).all():
        return "not finite"
    if outputs.shape[1] < 2:
        return "single"
    gap = float(np.abs(outputs.sum(axis=1) - 1.0).max())
    if outputs.min() >= -FLOAT_SLACK and outputs.max() <= 1.0 + FLOAT_SLACK:
        return "unnormalised" if gap > ROUNDING else ("rounded" if gap > EXACT else "probabilities")
    if outputs.max() <= FLOAT_SLACK and np.abs(np.exp(outputs).sum(axis=1) - 1.0).max() <= ROUNDING:
        return "log"
    if outputs.min() >= 0 and np.abs(outputs.sum(axis=1) - 100.0).max() <= PERCENT_ROUNDING:
        return "percent"
    return "logits"


def softmax(outputs: Array) -> Array:
    """Rows (row, label) of scores as probabilities."""
    powers = np.exp(outputs - outputs.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def as_platform(outputs: Array) -> Array:
    """What a competition platform makes of any numbers: clipped into (0, 1], each row divided by its sum."""
    clipped = np.clip(outputs, CLIP, 1.0)
    return clipped / clipped.sum(axis=1, keepdims=True)


def _run(evidence: Evidence) -> list[Finding]:
    voice = Voice("probabilities", "GR-PROBS", evidence.language)
    tables = {
        split: one
        for split, one in evidence.predictions.items()
        if one.probabilities.ndim == 2 and one.probabilities.size > 0
    }
    kinds = {split: kind_of(one.probabilities) for split, one in tables.items()}
    found = [_judge(voice, split, tables[split]) for split, kind in kinds.items() if kind != "probabilities"]
    if found or not tables:
        return found
    n = sum(len(one.probabilities) for one in tables.values())
    message = Text(
        f"The outputs are probabilities. All {n:,} rows lie between 0 and 1 and sum to 1.",
        f"출력이 확률입니다. {n:,}행 모두 0과 1 사이이고 합이 1입니다.",
    )
    wording = Wording(Text("Probabilities", "확률"), message)
    return [voice.say("pass", wording, numbers={split: len(one.probabilities) for split, one in tables.items()})]


def _judge(voice: Voice, split: str, predictions: Predictions) -> Finding:
    outputs, kind = predictions.probabilities, kind_of(predictions.probabilities)
    numbers: dict[str, object] = {"split": split, "n": len(outputs), "looks_like": kind}
    if kind == "not finite":
        bad = int((~np.isfinite(outputs)).any(axis=1).sum())
        return voice.say("error", _words_not_finite(split, bad, n=len(outputs)), numbers={**numbers, "n_rows": bad})
    sums = outputs.sum(axis=1)
    numbers |= {"low": float(outputs.min()), "high": float(outputs.max())}
    numbers |= {"sum_low": float(sums.min()), "sum_high": float(sums.max())}
    wording = _words(split, kind, outputs)
    losses = _losses(predictions) if kind in ("log", "logits") else None
    if losses is None:
        return voice.say("info" if kind == "rounded" else "error", wording, numbers=numbers)
    written, mended = losses
    tail = Text(
        f" Log loss is {number(written)} as written and {number(mended)} after a softmax.",
        f" 로그 손실은 이대로는 {number(written)}, 소프트맥스 뒤에는 {number(mended)}입니다.",
    )
    message = Text(wording.message.en + tail.en, wording.message.ko + tail.ko)
    numbers |= {"log_loss_as_written": written, "log_loss_after_softmax": mended}
    return voice.say("error", Wording(wording.title, message, wording.fix, wording.causes), numbers=numbers)


def _losses(predictions: Predictions) -> tuple[float, float] | None:
    """Log loss of the numbers as a platform reads them, and of their softmax; None without a usable truth."""
    truth, outputs = predictions.truth, predictions.probabilities
    if truth is None or len(truth) != len(outputs) or truth.min() < 0 or truth.max() >= outputs.shape[1]:
        return None
    rows = np.arange(len(truth))
    tables = (as_platform(outputs), softmax(outputs))
    written, mended = (float(-np.log(np.clip(table[rows, truth], CLIP, 1.0)).mean()) for table in tables)
    return written, mended


def _words_not_finite(split: str, n_bad: int, *, n: int) -> Wording:
    name, part = split_name(split), share(n_bad, n)
    message = Text(
        f"The model has left the numbers. {n_bad:,} of {n:,} {name.en} rows ({part}) hold NaN or infinity.",
        f"모델의 출력이 수가 아닙니다. {name.ko} 데이터 {n:,}개 중 {n_bad:,}개({part})에 NaN이나 무한대가 있습니다.",
    )
    cause = Text("Training diverged.", "학습이 발산했습니다.")
    return Wording(Text("Outputs that are not numbers", "수가 아닌 출력"), message, _FIX["not finite"], (cause,))


def _words(split: str, kind: Kind, outputs: Array) -> Wording:
    meaning = {
        "rounded": Text("The probabilities are rounded.", "확률을 반올림해 적었습니다."),
        "single": Text("There is only one column of outputs.", "출력 열이 하나뿐입니다."),
        "log": Text(
            "These are logarithms of probabilities, not probabilities.", "확률이 아니라 확률의 로그(로그 확률)입니다."
        ),
        "percent": Text("These are percentages, not probabilities.", "확률이 아니라 백분율입니다."),
        "logits": Text(
            "These look like logits, not probabilities: a softmax is missing.",
            "확률이 아니라 로짓(logits)으로 보입니다. 소프트맥스가 빠졌습니다.",
        ),
        "unnormalised": Text("The rows do not sum to one.", "행의 합이 하나가 아닙니다."),
    }[str(kind)]
    sums, name = outputs.sum(axis=1), split_name(split)
    low, high, least, most = (number(float(v)) for v in (outputs.min(), outputs.max(), sums.min(), sums.max()))
    message = Text(
        f"{meaning.en} On {len(outputs):,} {name.en} rows the values reach from {low} to {high}, and the row sums from "
        f"{least} to {most}.",
        f"{meaning.ko} {name.ko} 데이터 {len(outputs):,}개에서 값은 {low}에서 {high}까지, 행의 합은 {least}에서 "
        f"{most}까지입니다.",
    )
    if kind == "rounded":
        fix = Text("Write more decimals.", "소수점 아래를 더 적으세요.")
        return Wording(Text("Rounded probabilities", "반올림한 확률"), message, fix)
    cause = Text(
        "The raw outputs of the last layer were written (from_logits).",
        "마지막 층의 값을 그대로 적었습니다(from_logits).",
    )
    title = Text("The outputs are no probabilities", "출력이 확률이 아님")
    return Wording(title, message, _FIX[kind], (cause,) if kind == "logits" else ())


CHECK = CheckSpec(
    name="probabilities",
    ids=("GR-PROBS",),
    run=_run,
    source="Author identification with a small BERT: raw scores were written into the submission.",
)
