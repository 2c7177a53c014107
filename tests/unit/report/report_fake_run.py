"""A run folder as a finished fit leaves it: three labels, two splits, five baselines, Korean and English texts."""

import json
import random
from dataclasses import asdict
from pathlib import Path

import numpy as np
import polars as pl

from seqwise.records import Finding

LABELS = ("EAP", "HPL", "MWS")
N_ROWS = {"validation": 400, "test": 600}
TEMPERATURE = 1.6
BASELINES = ("majority", "prior", "naive_bayes", "tfidf_logistic", "tfidf_forest")
# Log loss and accuracy by baseline; the majority's hard zeros cost about 20 nats a row.
BASELINE_SCORES = {
    "majority": (20.5513, 0.405),
    "prior": (1.0886, 0.405),
    "naive_bayes": (0.5301, 0.826),
    "tfidf_logistic": (0.5713, 0.803),
    "tfidf_forest": (0.7729, 0.704),
}

SETTINGS = """task = "classify"

[data]
train = "data/spooky/train.csv"
validation = 0.1
test = 0.1
text = "text"
label = "author"

[encoder]
name = "recurrent"
cell = "gru"
embedding = 128
hidden = 256

[training]
epochs = 4
learning_rate = 0.001

[training.schedule]
name = "linear"
warmup = 0.1

[runtime]
seed = 7
lang = "en"
"""

ENGLISH = (
    "It was upon the 4th of March, as I have good reason to remember, that I rose somewhat earlier than usual.",
    'The oldest and strongest emotion of mankind is fear, & the oldest kind of fear is fear of the "unknown".',
    "I beheld the wretch — the miserable monster whom I had created.",
    "He had no friend, no hope, no home; and the night was without stars.",
)
KOREAN = (
    "그날 밤 바람은 낡은 집의 창문을 밤새도록 두드렸고, 나는 한숨도 자지 못했다.",
    "이 영화 진짜 별로예요 ㅠㅠ 배우들 연기는 좋았는데 이야기가 너무 뻔함...",
    "사람의 마음속 가장 오래된 감정은 두려움이며, 가장 강한 두려움은 모르는 것에 대한 두려움이다.",
)


def write_run(folder: Path, *, is_good: bool = True) -> Path:
    """Write every file of a run but the report; ``is_good`` decides whether the model beats its baselines."""
    rng = np.random.default_rng(11)
    (folder / "predictions").mkdir(parents=True)
    (folder / "settings.toml").write_text(SETTINGS, encoding="utf-8")
    raw = {split: _raw(rng, n) for split, n in N_ROWS.items()}
    tables = {split: (truth, _tempered(probabilities)) for split, (truth, probabilities) in raw.items()}
    for split, (truth, probabilities) in tables.items():
        _predictions(split, truth, probabilities).write_parquet(folder / "predictions" / f"{split}.parquet")
    _json(folder / "scores.json", _scores(tables, is_good=is_good))
    _json(folder / "findings.json", [finding.to_json() for finding in findings()])
    _json(folder / "environment.json", ENVIRONMENT)
    _json(folder / "details.json", _details(raw, tables))
    (folder / "events.jsonl").write_text("".join(json.dumps(event) + "\n" for event in events()), encoding="utf-8")
    return folder


def log_loss(truth: np.ndarray, probabilities: np.ndarray) -> float:
    """Mean negative log-probability of the truth."""
    return float(-np.log(probabilities[np.arange(len(truth)), truth]).mean())


def _raw(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Truth, and probabilities of a model that is too sure of itself."""
    truth = rng.choice(3, size=n, p=[0.405, 0.287, 0.308])
    logits = rng.normal(size=(n, 3))
    logits[np.arange(n), truth] += 1.6
    powers = np.exp(TEMPERATURE * 1.4 * logits)
    return truth, powers / powers.sum(axis=1, keepdims=True)


def _tempered(probabilities: np.ndarray) -> np.ndarray:
    powers = probabilities ** (1 / TEMPERATURE)
    return powers / powers.sum(axis=1, keepdims=True)


def _predictions(split: str, truth: np.ndarray, probabilities: np.ndarray) -> pl.DataFrame:
    columns: dict[str, object] = {
        "id": [f"{split}-{number:05d}" for number in range(len(truth))],
        "truth": [LABELS[number] for number in truth],
        "prediction": [LABELS[number] for number in probabilities.argmax(axis=1)],
    }
    columns |= {f"p_{label}": probabilities[:, number] for number, label in enumerate(LABELS)}
    return pl.DataFrame(columns)


def _around(value: float, half: float) -> dict[str, float]:
    return {"value": value, "low": value - half, "high": value + half}


def _scores(tables: dict[str, tuple[np.ndarray, np.ndarray]], *, is_good: bool) -> dict[str, object]:
    return {"task": "classify", "splits": {split: _split(*table, is_good=is_good) for split, table in tables.items()}}


def _split(truth: np.ndarray, probabilities: np.ndarray, *, is_good: bool) -> dict[str, object]:
    loss = log_loss(truth, probabilities)
    accuracy = float((probabilities.argmax(axis=1) == truth).mean())
    metrics = {
        "accuracy": _around(accuracy, 0.03),
        "log_loss": _around(loss, 0.037),
        "macro_f1": _around(accuracy - 0.004, 0.031),
        "brier": _around(0.2901, 0.02),
        "ece": _around(0.0212, 0.009),
    }
    shift = 0.0 if is_good else -0.2
    baselines = {
        name: {
            "accuracy": _around(right, 0.03),
            "log_loss": _around(lost + shift if name == "naive_bayes" else lost, 0.04 if lost < 2 else 0.9),
            "macro_f1": _around(right - 0.01, 0.03),
            "brier": _around(0.5 * lost if lost < 2 else 1.19, 0.02),
            "ece": _around(0.05, 0.01),
        }
        for name, (lost, right) in BASELINE_SCORES.items()
    }
    difference = baselines["naive_bayes"]["log_loss"]["value"] - loss
    return {
        "n": len(truth),
        "metrics": metrics,
        "baselines": baselines,
        "verdict": {
            "metric": "log_loss",
            "best_baseline": "naive_bayes",
            "difference": difference,
            "low": difference - 0.03,
            "high": difference + 0.03,
            "better": difference - 0.03 > 0,
            "sentence": "as the scores say",
        },
    }


def findings() -> tuple[Finding, ...]:
    """One finding of each kind."""
    return (
        Finding(
            check="truncation",
            level="pass",
            title="Little text is lost to the length limit",
            message="12 of 12,800 training rows are longer than 256 tokens.",
            ids=("GR-TRUNC",),
            evidence={"limit": 256, "n_rows_cut": 12},
        ),
        Finding(
            check="duplicates",
            level="warning",
            title="The same text stands in training and in test rows",
            message="23 of 600 test rows (3.8 %) also stand in the training rows.",
            ids=("GR-DUP",),
            evidence={
                "n_rows": 23,
                "share": 0.03833,
                "examples": ["data/spooky/train.csv:41", "data/spooky/train.csv:977"],
            },
            causes=(
                "The rows were drawn from several sources.",
                "The split was made before the duplicates were taken out.",
            ),
            fix='Set data.split = "grouped", or take the duplicates out.',
        ),
        Finding(
            check="eval_on_train",
            level="error",
            title="The validation file is the training file",
            message="Both have the sha256 9f2c…; the validation score says nothing.",
            ids=("GR-EVALONTRAIN",),
            evidence={"sha256": "9f2c" * 16},
            causes=("The same path was given twice.",),
            fix="Give data.validation another file or a share.",
        ),
        Finding(
            check="capacity",
            level="info",
            title="Many parameters for each label",
            message="3,204,611 trained parameters for 12,800 labels.",
            ids=("GR-CAPACITY",),
        ),
        Finding(
            check="unused_settings",
            level="warning",
            title="A value is set that nothing reads",
            message="prepare.vectors is set.",
            ids=("GR-UNUSEDCONFIG",),
            silenced="kept for the next run",
        ),
        Finding(
            check="baseline",
            level="pass",
            title="Better than the best baseline",
            message="The model earns its keep.",
            ids=("GR-BASELINE",),
        ),
    )


def events() -> list[dict[str, object]]:
    """Forty updates and four evaluations."""
    draw = random.Random(3)
    found: list[dict[str, object]] = []
    for step in range(1, 41):
        loss = 0.42 + 0.68 * 0.92**step + draw.uniform(-0.03, 0.03)
        found.append(
            {
                "step": step,
                "epoch": step / 10,
                "loss": loss,
                "lr": _rate(step),
                "tokens": 2048,
                "tokens_per_s": 31234.5,
                "grad_norm": 1.1 if step % 7 else None,
            }
        )
        if step % 10 == 0:
            found.append(
                {
                    "event": "evaluation",
                    "step": step,
                    "epoch": step / 10,
                    "train_loss": loss,
                    "validation_loss": 0.46 + 0.5 * 0.93**step,
                    "metric": 0.46 + 0.5 * 0.93**step,
                }
            )
    return found


def _rate(step: int) -> float:
    return 1e-3 * (step / 4 if step <= 4 else (40 - step) / 36)


ENVIRONMENT = {
    "versions": {
        "seqwise": "0.1.0",
        "torch": "2.13.0",
        "numpy": "2.4.6",
        "tokenizers": "not installed",
        "python": "3.11.9",
    },
    "machine": {
        "system": "Linux-6.1",
        "processor": "A processor with a rather long name @ 2.10GHz",
        "cores": 2,
        "device": "cpu",
        "precision": "float32",
        "threads": 2,
    },
    "seed": 7,
    "data": {"data/spooky/train.csv": "ab12" * 16},
    "code": "cd34" * 16,
    "stations": {
        "read": {"seconds": 0.412, "peak_memory_mb": 391.2},
        "prepare": {"seconds": 9.8, "peak_memory_mb": 702.0},
        "train": {"seconds": 185.2, "peak_memory_mb": 1402.7},
    },
}


def _details(
    raw: dict[str, tuple[np.ndarray, np.ndarray]], tables: dict[str, tuple[np.ndarray, np.ndarray]]
) -> dict[str, object]:
    return {
        "labels": list(LABELS),
        "stop_on": "log_loss",
        "class_counts": {
            "train": {"EAP": 5184, "HPL": 3674, "MWS": 3942},
            **{
                split: {label: int((truth == number).sum()) for number, label in enumerate(LABELS)}
                for split, (truth, _) in tables.items()
            },
        },
        "calibration": [
            {
                "temperature": TEMPERATURE,
                "split": split,
                "log_loss_before": log_loss(*raw[split]),
                "log_loss_after": log_loss(*tables[split]),
                "n_fitted_on": N_ROWS["validation"],
            }
            for split in tables
        ],
        "plan": {
            "schedule": "linear",
            "peak": 1e-3,
            "n_updates": 40,
            "n_warmup": 4,
            "declared_updates": None,
            "steps": list(range(1, 41)),
            "rates": [_rate(step) for step in range(1, 41)],
        },
        "truncation": {
            "train": {"limit": 256, "n_rows": 12800, "n_rows_cut": 12, "n_tokens": 390211, "n_tokens_cut": 1821},
            "validation": {"limit": 256, "n_rows": 400, "n_rows_cut": 0, "n_tokens": 12021, "n_tokens_cut": 0},
            "test": {"limit": 256, "n_rows": 600, "n_rows_cut": 1, "n_tokens": 18444, "n_tokens_cut": 77},
        },
        "per_class": {
            split: [
                {
                    "label": label,
                    "precision": 0.81 + 0.02 * number,
                    "recall": 0.79 + 0.03 * number,
                    "f1": 0.8 + 0.025 * number,
                    "n": int((truth == number).sum()),
                }
                for number, label in enumerate(LABELS)
            ]
            for split, (truth, _) in tables.items()
        },
        "worst": worst(),
        "files": [
            {
                "path": "data/spooky/train.csv",
                "sha256": "ab12" * 16,
                "n_bytes": 3_295_113,
                "n_rows": 13_800,
                "encoding": "cp949",
                "encoding_guessed": True,
                "notes": ["Two cells hold a line break."],
                "n_empty": 3,
                "n_skipped": 0,
            }
        ],
        "n_parameters": 3_204_611,
        "n_trainable": 3_204_611,
        "encoder": "recurrent",
        "machine": "cpu, float32 (bfloat16 is not fast here), 2 threads",
        "baseline_seconds": {
            "majority": 0.01,
            "prior": 0.01,
            "naive_bayes": 1.21,
            "tfidf_logistic": 4.4,
            "tfidf_forest": 21.7,
        },
        "training": {"seconds": 181.0, "n_updates": 40, "best_step": 40, "n_tokens": 81920},
        "advice": ['Below about a million rows, frozen vectors are worth a try: training.freeze = "embeddings".'],
    }


def worst() -> list[dict[str, object]]:
    """Sixty wrong rows, a third of them Korean."""
    draw = random.Random(5)
    rows: list[dict[str, object]] = []
    for number in range(60):
        truth, prediction = draw.sample(LABELS, 2)
        text = draw.choice(KOREAN if number % 3 == 0 else ENGLISH)
        rows.append(
            {
                "split": "test",
                "id": f"id{10000 + 37 * number}",
                "place": f"data/spooky/train.csv:{2 + 211 * number}",
                "text": f"{text} {draw.choice(ENGLISH)}" if number % 4 == 0 else text,
                "truth": truth,
                "prediction": prediction,
                "p_truth": 0.0007 + 0.004 * number,
                "p_prediction": 0.995 - 0.007 * number,
            }
        )
    return rows


def _json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def edit(path: Path, change: dict[str, object]) -> None:
    """Replace keys on top of a JSON file."""
    _json(path, {**json.loads(path.read_text(encoding="utf-8")), **change})


def as_json(finding: Finding) -> dict[str, object]:
    """A finding as findings.json holds it."""
    return {**asdict(finding), "evidence": dict(finding.evidence)}
