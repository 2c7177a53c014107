"""Answers from one fine-tuned folder: our predictor beside the transformers pipeline, and beside exported models."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, cast

import numpy as np
import transformers
from meters import watch
from ours import our_training
from padded import Forward, onnx_forward, openvino_forward, padded_probabilities, tokenize, torch_forward
from results import NO_FAST_BFLOAT16, Figure, Line, Report
from task import SCRATCH, Shared, open_theirs, save, share
from turns import Options, Spread, Turn, percentile, rates, ratios, take_turns

from seqwise.predict import load_predictor
from seqwise.records import Array, Indices
from seqwise.runtime import bfloat16_is_fast

N_TEXTS, N_REQUESTS, N_UPDATES = 1024, 200, 150
OURS, OURS_ONNX, OURS_OPENVINO = "ours", "ours, backend onnx, float32", "ours, backend openvino, float32"
OURS_INT8 = "ours, backend int8"
PIPELINE, SORTED = "pipeline, batch 32, float32", "transformers, sorted, float32"
ONNX, OPENVINO = "ONNX Runtime, sorted, float32", "OpenVINO, sorted, its own precision"
IN_A_ROW = 25  # requests
Answer = Callable[[Sequence[str]], Array]


@dataclass(frozen=True)
class Answers:
    """What all contestants said of the same texts, and how long they took."""

    turns: Mapping[str, Sequence[Turn]]
    probabilities: Mapping[str, Array]
    request_ms: Mapping[str, Sequence[float]]
    truth: Indices

    def agreement(self, name: str) -> float:
        """Share of texts with the same label as the float32 model of transformers gives."""
        return float((self.probabilities[name].argmax(1) == self.probabilities[SORTED].argmax(1)).mean())


def run(options: Options) -> Report:
    """Fine-tune shortly, so that labels mean something; then answer the held-out texts in turns."""
    shared = share("inference-untrained")
    folder = _fine_tuned(shared, n_updates=min(N_UPDATES, options.rows or N_UPDATES))
    texts = shared.work.splits.validation.texts[: options.rows or N_TEXTS]
    assert shared.held_out.targets is not None
    contestants = _contestants(folder, shared)
    taken = take_turns(
        {name: partial(_answer_all, answer, texts) for name, answer in contestants.items()},
        turns=options.turns,
        seconds=options.seconds,
        watch=watch(shared.device),
    )
    answers = Answers(
        turns=taken,
        probabilities={name: answer(texts) for name, answer in contestants.items()},
        request_ms=_requests(contestants, texts[:N_REQUESTS]),
        truth=shared.held_out.targets[: len(texts)],
    )
    return Report(lines=_lines(answers), figures=_figures(answers), spreads=options.spreads())


def _fine_tuned(shared: Shared, *, n_updates: int) -> Path:
    built = shared.build(batch_size=32, precision="auto")
    training = our_training(built, shared.settings)
    for _ in range(n_updates):
        training.step()
    training.close()
    save(shared.work, built.network, shared.settings, SCRATCH / "inference")
    return SCRATCH / "inference"


def _contestants(folder: Path, shared: Shared) -> dict[str, Answer]:
    model, tokenizer = open_theirs(folder)
    longest = shared.settings.prepare.max_length
    labels = shared.work.labels.names

    def padded(forward: Forward, texts: Sequence[str]) -> Array:
        return padded_probabilities(forward, tokenize(tokenizer, texts, longest=longest))

    pipeline = transformers.pipeline("text-classification", model=model, tokenizer=tokenizer, device="cpu")

    def piped(texts: Sequence[str]) -> Array:
        found = pipeline(list(texts), batch_size=32, top_k=None, truncation=True, max_length=longest)
        rows = cast("list[list[dict[str, Any]]]", found)
        scores = [{one["label"]: one["score"] for one in row} for row in rows]
        return np.array([[row[label] for label in labels] for row in scores])

    names: dict[str, Answer] = {
        OURS: load_predictor(folder).probabilities,
        OURS_INT8: load_predictor(folder, backend="int8").probabilities,
        PIPELINE: piped,
        SORTED: partial(padded, torch_forward(model)),
    }
    return names | {
        OURS_ONNX: load_predictor(folder, backend="onnx").probabilities,
        ONNX: partial(padded, onnx_forward(model, folder)),
        OURS_OPENVINO: load_predictor(folder, backend="openvino").probabilities,
        OPENVINO: partial(padded, openvino_forward(model)),
    }


def _answer_all(answer: Answer, texts: Sequence[str]) -> float:
    answer(texts)
    return float(len(texts))


def _requests(contestants: Mapping[str, Answer], texts: Sequence[str]) -> dict[str, list[float]]:
    """Milliseconds of single requests; each contestant answers some in a row, as a service does, then the next one.

    The first answer of a row is not counted: it finds the caches, and the cores, as the contestant before left them.
    """
    taken: dict[str, list[float]] = {name: [] for name in contestants}
    for start in range(0, len(texts), IN_A_ROW):
        for name, answer in contestants.items():
            block = texts[start : start + IN_A_ROW]
            answer([block[0]])
            for text in block:
                began = time.perf_counter()
                answer([text])
                taken[name].append(1e3 * (time.perf_counter() - began))
    return taken


def _lines(answers: Answers) -> list[Line]:
    p50 = {name: percentile(times, 0.5) for name, times in answers.request_ms.items()}
    is_half = bfloat16_is_fast("cpu")

    def against(name: str) -> Spread:
        return ratios(answers.turns[OURS], answers.turns[name])

    return [
        Line("sentences/s of predict against the pipeline", against(PIPELINE), ">= 12"),
        Line("labels of predict equal to those of the float32 model", answers.agreement(OURS), ">= 0.995", unit=""),
        Line("sentences/s of backend int8 against predict", ratios(answers.turns[OURS_INT8], answers.turns[OURS])),
        Line("labels of backend int8 equal to those of the float32 model", answers.agreement(OURS_INT8), unit=""),
        Line("single request, p50, against the pipeline's", p50[OURS] / p50[PIPELINE], "<= 0.45"),
        Line("single request, p50 of backend onnx, against the pipeline's", p50[OURS_ONNX] / p50[PIPELINE], "<= 0.45"),
        Line(
            "sentences/s of predict against OpenVINO bfloat16, sorted",
            against(OPENVINO) if is_half else None,
            ">= 1.3",
            not_measured="" if is_half else NO_FAST_BFLOAT16,
        ),
        *([] if is_half else [Line("sentences/s of predict against OpenVINO float32, sorted", against(OPENVINO))]),
        Line("sentences/s of predict against ONNX Runtime float32, sorted", against(ONNX)),
        Line(
            "sentences/s of backend onnx against ONNX Runtime, sorted",
            ratios(answers.turns[OURS_ONNX], answers.turns[ONNX]),
        ),
    ]


def _figures(answers: Answers) -> dict[str, dict[str, Figure]]:
    return {
        name: {
            "sentences/s": rates(turns),
            "labels as float32": answers.agreement(name),
            "accuracy": float(np.mean(answers.probabilities[name].argmax(axis=1) == answers.truth)),
            "request p50, ms": percentile(answers.request_ms[name], 0.5),
            "request p99, ms": percentile(answers.request_ms[name], 0.99),
        }
        for name, turns in answers.turns.items()
    }
