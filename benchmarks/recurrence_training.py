"""What recurrent layers learn: series in chunks, film reviews read at the last real step; parts of recurrence.py."""

import argparse
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import polars as pl
import torch
from meters import peak_memory_growth
from torch import Tensor, nn
from torch.nn import functional as F

from seqwise import workflow
from seqwise.evaluate.metrics import wilson
from seqwise.model.encoders import recurrent
from seqwise.model.layers.recurrence import Direction
from seqwise.model.layers.truncated import run_in_chunks
from seqwise.settings.reading import read_settings

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data"
CPU = torch.device("cpu")

CHUNK, UNITS = 100, 64
WHOLE, SUMMED, ONLINE = WAYS = ("whole length", "chunks, one update a pass", "chunks, an update a chunk")


def row(*cells: object) -> None:
    print("| " + " | ".join(map(str, cells)) + " |", flush=True)


def truncated(given: argparse.Namespace) -> None:
    """One step ahead in the seven series of ETTh1; each way in a process of its own."""
    print(f"LSTM, {UNITS} units, chunks of {CHUNK} steps, {given.passes} passes; mean squared error in variances\n")
    row("steps", "way", "error in the last pass", "of the value before", "memory of a pass, MB", "seconds of a pass")
    row(*["---"] * 6)
    for n_steps in given.steps:
        for way in WAYS:
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
                row(f"{n_steps:,}", way, *pool.submit(learn_series, way, n_steps, given).result())


def learn_series(way: str, n_steps: int, given: argparse.Namespace) -> list[str]:
    torch.set_num_threads(given.threads)
    torch.manual_seed(0)
    values = pl.read_csv(DATA / "ett" / "ETTh1.csv").drop("date").head(n_steps + 1).to_numpy().T  # (series, time)
    values = (values - values.mean(1, keepdims=True)) / values.std(1, keepdims=True)
    series = torch.from_numpy(values.astype(np.float32))
    inputs, targets = series[:, :-1].reshape(-1, 1), series[:, 1:].reshape(-1, 1)
    layer, output = Direction("lstm", 1, UNITS, is_start_learned=False), nn.Linear(UNITS, 1)
    weights = [*layer.parameters(), *output.parameters()]
    optimizer = torch.optim.Adam(weights, lr=1e-2)
    lengths, n_chunk = [n_steps] * len(series), n_steps if way == WHOLE else CHUNK
    errors: list[float] = []

    def update() -> None:
        nn.utils.clip_grad_norm_(weights, 1.0)
        optimizer.step()
        optimizer.zero_grad()

    def one_pass() -> None:
        error = 0.0
        chunks = run_in_chunks([layer], inputs.__getitem__, lengths=lengths, n_steps=n_chunk, device=CPU)
        for tokens, hidden in chunks:
            loss, share = F.mse_loss(output(hidden), targets[tokens]), len(tokens) / len(targets)
            (loss if way == ONLINE else loss * share).backward()
            error += loss.item() * share
            if way == ONLINE:
                update()
        if way != ONLINE:
            update()
        errors.append(error)

    memory, began = peak_memory_growth(CPU, one_pass), time.perf_counter()
    for _ in range(given.passes - 1):
        one_pass()
    seconds = (time.perf_counter() - began) / max(1, given.passes - 1)
    before = F.mse_loss(inputs, targets).item()
    return [f"{errors[-1]:.4f}", f"{before:.4f}", f"{memory:.0f}", f"{seconds:.2f}"]


def imdb(given: argparse.Namespace) -> None:
    """The settings of examples/imdb_rnn.toml, and the textbook's way: padded behind, read at the last position."""
    with tempfile.TemporaryDirectory() as folder:
        files = {split: sample(split, Path(folder), given.rows) for split in ("train", "test")}
        changes = [f"data.{split}={file}" for split, file in files.items()]
        loaded = read_settings(ROOT / "examples" / "imdb_rnn.toml", overrides=changes)
        began = time.monotonic()
        result = workflow.fit(
            loaded, ROOT / "runs" / "benchmarks" / "imdb-rnn", options=workflow.FitOptions(is_fresh=True)
        )
        assert result.scores is not None
        found = result.scores.splits["test"].metrics["accuracy"]
        print(f"last real step: test accuracy {found.value:.4f} [{found.low:.4f}, {found.high:.4f}]", end=", ")
        print(f"{time.monotonic() - began:.0f} s with reading and baselines", flush=True)
        began = time.monotonic()
        n_right, n_rows = textbook(*files.values())
        low, high = wilson(n_right, n_rows)
        print(f"textbook's way: test accuracy {n_right / n_rows:.4f} [{low:.4f}, {high:.4f}]", end=", ")
        print(f"{time.monotonic() - began:.0f} s")


def sample(split: str, folder: Path, n_rows: int) -> Path:
    file = DATA / "imdb" / f"{split}.tsv.gz"
    if not n_rows:
        return file
    rows = pl.read_csv(file, separator="\t", quote_char=None).sample(n_rows, seed=0)
    rows.write_csv(folder / f"{split}.tsv", separator="\t", quote_style="never")
    return folder / f"{split}.tsv"


GAINS, INPUTS = (1.0, 2.0, 3.0), 0.1  # of orthogonal matrices from state to state, and of those beside them
EXPLODING = (
    ("encoder.initialisation", "orthogonal"),
    ("prepare.max_length", "200"),
    ("training.epochs", "1"),
    ("training.learning_rate", "1e-4"),
    ("evaluate.baselines", '["majority"]'),
)


def explode(given: argparse.Namespace) -> None:
    """Fits of the same plain RNN whose first recurrent matrix is orthogonal, or that times 2 or 3, and is clipped."""
    row("gain", "a step back", "at the first step", "updates clipped", "median norm before", "said")
    row(*["---"] * 6)
    given_by = recurrent.initialise
    with tempfile.TemporaryDirectory() as folder:
        lines = (ROOT / "examples" / "imdb_rnn.toml").read_text(encoding="utf-8").splitlines()
        untested = Path(folder) / "untested.toml"
        untested.write_text("\n".join(line for line in lines if not line.startswith("test =")), encoding="utf-8")
        file = sample("train", Path(folder), given.rows or 1_500)
        loaded = read_settings(untested, overrides=[f"data.train={file}", *map("=".join, EXPLODING)])
        for gain in GAINS:
            recurrent.initialise = partial(enlarged, given_by, gain)
            run = ROOT / "runs" / "benchmarks" / f"explode-{gain:g}"
            result = workflow.fit(loaded, run, options=workflow.FitOptions(is_fresh=True, is_quiet=True))
            found = [each for each in result.findings if set(each.ids) & {"GR-VANISH", "GR-EXPLODE"}]
            facts = found[0].evidence
            row(
                f"{gain:g}",
                f"{facts['factor']:.3f}",
                f"{facts['after_199']:.1e}",
                f"{facts['n_clipped']} of {facts['n_logged']}",
                f"{facts['median_norm']:.1e}",
                "; ".join(each.title for each in found),
            )
    recurrent.initialise = given_by


def enlarged(fill: Callable[[nn.Module, str], None], gain: float, module: nn.Module, how: str) -> None:
    fill(module, how)
    for name, parameter in module.named_parameters():
        if parameter.ndim == 2:
            parameter.data.mul_(gain if "weight_hh" in name else INPUTS)


N_WORDS, FIXED_LENGTH, UNKNOWN, PADDING = 10_000, 200, 0, 1
EPOCHS, BATCH, RATE, VECTOR = 5, 64, 1e-3, 128


class Textbook(nn.Module):
    """Embedding, plain RNN, a linear layer of the state at the last position, be it a word or padding."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(N_WORDS + 2, VECTOR)
        self.rnn = nn.RNN(VECTOR, VECTOR, batch_first=True)
        self.output = nn.Linear(VECTOR, 2)

    def forward(self, ids: Tensor) -> Tensor:
        """Logits, shape (batch, label)."""
        x, _ = self.rnn(self.embedding(ids))
        return self.output(x[:, -1, :])


def textbook(train: Path, test: Path) -> tuple[int, int]:
    """Right answers, and rows of the test file."""
    torch.manual_seed(0)
    texts, labels = read(train)
    counts = Counter(word for text in texts for word in text)
    numbers = {word: place + 2 for place, (word, _) in enumerate(counts.most_common(N_WORDS))}
    ids, model = padded(texts, numbers), Textbook()
    optimizer = torch.optim.Adam(model.parameters(), lr=RATE)
    for _ in range(EPOCHS):
        for rows in torch.randperm(len(ids)).split(BATCH):
            optimizer.zero_grad()
            F.cross_entropy(model(ids[rows]), labels[rows]).backward()
            optimizer.step()
    texts, labels = read(test)
    with torch.inference_mode():
        answers = torch.cat([model(rows).argmax(1) for rows in padded(texts, numbers).split(BATCH)])
    return int((answers == labels).sum()), len(labels)


def read(file: Path) -> tuple[list[list[str]], Tensor]:
    rows = pl.read_csv(file, separator="\t", quote_char=None)
    return [text.lower().split() for text in rows["text"]], torch.from_numpy(rows["label"].to_numpy().copy()).long()


def padded(texts: list[list[str]], numbers: dict[str, int]) -> Tensor:
    ids = torch.full((len(texts), FIXED_LENGTH), PADDING)
    for place, text in enumerate(texts):
        known = [numbers.get(word, UNKNOWN) for word in text[:FIXED_LENGTH]]
        ids[place, : len(known)] = torch.tensor(known)
    return ids
