"""Largest differences between our flat encoders and ``transformers``, and between a row alone and the row in any batch.

Run: python benchmarks/parity.py; needs the extra minilm for its rows. Uses the measurements of tests/parity.
"""

import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
import transformers

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "parity"))

import test_bert_parity as measured

from seqwise.batch.flat import collate
from seqwise.model.contracts import HeadShape, Vocabulary
from seqwise.model.network import Network, build_network
from seqwise.records import Examples, FlatTokens
from seqwise.settings.encoders import (
    BagSettings,
    EncoderSettings,
    RecurrentSettings,
    TransformerSettings,
    WindowSettings,
)
from seqwise.settings.heads import LabelSettings

HIDDEN_GOAL, GRADIENT_GOAL, PADDING_GOAL = 1e-5, 1e-4, 1e-6
N_WORDS = 500
ENCODERS: dict[str, EncoderSettings] = {
    "bag": BagSettings(),
    "window": WindowSettings(),
    "recurrent rnn": RecurrentSettings(cell="rnn"),
    "recurrent gru": RecurrentSettings(cell="gru"),
    "recurrent lstm, 2 layers": RecurrentSettings(layers=2),
    "transformer": TransformerSettings(),
    "transformer rotary": TransformerSettings(positions="rotary"),
}


def against_transformers(name: str, folder: Path) -> bool:
    ours, theirs = measured.ours_of(folder), transformers.AutoModel.from_pretrained(folder).eval()
    hidden = measured.hidden_difference(ours, theirs)
    gradient = max(measured.gradient_differences(ours, theirs).values())
    print(f"| {name} | {hidden:.1e} | {gradient:.1e} |")
    return hidden <= HIDDEN_GOAL and gradient <= GRADIENT_GOAL


def against_itself(name: str, network: Network) -> bool:
    """Every row alone, then all rows in five random orders and cuts into batches."""
    network.eval()
    rng = np.random.default_rng(0)
    lengths = rng.integers(1, 200, size=40)
    tokens = FlatTokens(
        ids=rng.integers(N_WORDS, size=int(lengths.sum())).astype(np.int32),
        offsets=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
    )
    examples = Examples(tokens=tokens)
    with torch.inference_mode():
        alone = torch.cat([network(collate(examples, np.array([row]))) for row in range(len(lengths))])
        worst = 0.0
        for _ in range(5):
            order = rng.permutation(len(lengths))
            for rows in np.array_split(order, int(rng.integers(1, 8))):
                worst = max(worst, float((network(collate(examples, rows)) - alone[rows]).abs().max()))
    print(f"| {name} | {worst:.1e} |")
    return worst <= PADDING_GOAL


def main() -> int:
    print("| checkpoint | hidden states | gradients |\n| --- | --- | --- |")
    is_equal = True
    for name, make in measured.CONFIGS.items():
        with tempfile.TemporaryDirectory() as folder:
            torch.manual_seed(0)
            transformers.AutoModel.from_config(make()).save_pretrained(folder)
            is_equal &= against_transformers(f"tiny random {name}", Path(folder))
    if measured.MINILM is not None and measured.MINILM.origin is not None:
        is_equal &= against_transformers("all-MiniLM-L6-v2", Path(measured.MINILM.origin).parent / "model")
    print("\n| logits of a row alone against any batch and order | difference |\n| --- | --- |")
    for name, settings in ENCODERS.items():
        network = build_network(
            settings, LabelSettings(), vocabulary=Vocabulary(N_WORDS), shape=HeadShape(n_outputs=3), seed=0
        )
        is_equal &= against_itself(name, network)
    return 0 if is_equal else 1


if __name__ == "__main__":
    sys.exit(main())
