"""How a careful user of a padded model answers: rows sorted by length, each batch padded to its longest row.

The model is that of ``transformers`` itself, or exported to ONNX Runtime or OpenVINO: ids and mask in, logits out.
"""

import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
import transformers
from numpy.typing import NDArray

from seqwise.records import Array, FlatTokens

# Ids and mask, shape (row, column), to logits, shape (row, label).
Forward = Callable[[NDArray[np.int64], NDArray[np.int64]], NDArray[np.float32]]
BATCH = 32
INPUTS = ("input_ids", "attention_mask")
TOLERANCE = 1e-3  # of a float32 export; a wrong graph is off by 0.1 and more


def torch_forward(model: transformers.PreTrainedModel) -> Forward:
    """The model itself, without dropout."""
    model.eval()

    def forward(ids: NDArray[np.int64], mask: NDArray[np.int64]) -> NDArray[np.float32]:
        with torch.inference_mode():
            logits = model(input_ids=torch.from_numpy(ids), attention_mask=torch.from_numpy(mask)).logits
        return logits.float().numpy()

    return forward


def tokenize(tokenizer: transformers.PreTrainedTokenizerBase, texts: Sequence[str], *, longest: int) -> FlatTokens:
    """The peer's own tokenizer, all rows in one call."""
    rows = tokenizer(list(texts), truncation=True, max_length=longest)["input_ids"]
    lengths = np.array([len(row) for row in rows], dtype=np.int64)
    offsets = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(lengths)])
    return FlatTokens(ids=np.concatenate([np.asarray(row, dtype=np.int32) for row in rows]), offsets=offsets)


def padded_probabilities(forward: Forward, tokens: FlatTokens) -> Array:
    """Softmax of the logits, shape (row, label), in the order of the rows."""
    order = np.argsort(-tokens.lengths, kind="stable")
    parts = [forward(*pad(tokens, order[start : start + BATCH])) for start in range(0, len(order), BATCH)]
    powers = np.exp(np.concatenate(parts).astype(np.float64))
    result = np.empty_like(powers)
    result[order] = powers / powers.sum(axis=1, keepdims=True)
    return result


def pad(tokens: FlatTokens, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Ids and mask of these rows, shape (row, longest); padding is id 0, which is BERT's."""
    lengths = tokens.lengths[rows]
    mask = np.arange(lengths.max()) < lengths[:, None]
    ids = np.zeros(mask.shape, dtype=np.int64)
    ids[mask] = np.concatenate([tokens.ids[tokens.offsets[row] : tokens.offsets[row + 1]] for row in rows])
    return ids, mask.astype(np.int64)


def onnx_forward(model: transformers.PreTrainedModel, folder: Path) -> Forward:
    """ONNX Runtime in float32, checked on a padded batch."""
    import onnxruntime  # of the extra bench

    path = folder.with_suffix(".onnx")
    axes = {0: torch.export.Dim("batch"), 1: torch.export.Dim("time")}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter's own; the graph is checked below
        torch.onnx.export(
            _Logits(model).eval(),
            _example(),
            str(path),
            input_names=INPUTS,
            output_names=("logits",),
            dynamic_shapes=(axes, axes),
            dynamo=True,
            verbose=False,
        )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def forward(ids: NDArray[np.int64], mask: NDArray[np.int64]) -> NDArray[np.float32]:
        return session.run(None, dict(zip(INPUTS, (ids, mask), strict=True)))[0]

    _check(forward, model, "ONNX Runtime")
    return forward


def openvino_forward(model: transformers.PreTrainedModel) -> Forward:
    """OpenVINO as it chooses: bfloat16 where the processor multiplies it fast."""
    import openvino  # of the extra bench

    converted = openvino.convert_model(_Logits(model).eval(), example_input=_example())
    compiled = openvino.compile_model(converted, "CPU", {"INFERENCE_NUM_THREADS": torch.get_num_threads()})

    def forward(ids: NDArray[np.int64], mask: NDArray[np.int64]) -> NDArray[np.float32]:
        return compiled((ids, mask))[0]

    _check(forward, model, "OpenVINO", tolerance=0.1)
    return forward


class _Logits(torch.nn.Module):
    """The model as a function of two tensors."""

    def __init__(self, model: transformers.PreTrainedModel) -> None:
        super().__init__()
        self.model = model

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        return self.model(input_ids=ids, attention_mask=mask).logits


def _example() -> tuple[torch.Tensor, torch.Tensor]:
    """A padded batch; two tensors, as one given twice makes a graph with one input."""
    ids = torch.randint(1000, 20000, (3, 7), generator=torch.Generator().manual_seed(0))
    mask = torch.ones_like(ids)
    mask[1, 4:] = 0
    return ids, mask


def _check(forward: Forward, model: transformers.PreTrainedModel, name: str, *, tolerance: float = TOLERANCE) -> None:
    ids, mask = _example()
    with torch.inference_mode():
        wanted = model(input_ids=ids, attention_mask=mask).logits.numpy()
    difference = float(np.abs(forward(ids.numpy(), mask.numpy()) - wanted).max())
    if difference > tolerance:
        raise RuntimeError(f"{name}: the exported logits differ by {difference:.3f} on a padded batch")
