"""A trained model in, its logits by ONNX Runtime out: the body in float32 on the processor (extra: onnx)."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seqwise.artefact import Artefact
from seqwise.backends.contract import BackendSpec, Logits
from seqwise.backends.padded import INPUTS, exported_body, logits_of, need
from seqwise.runtime import Machine


def _build(artefact: Artefact, folder: Path, machine: Machine) -> Logits:
    runtime = need("onnxruntime", backend="onnx")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = machine.threads
    path = exported_body(artefact, folder, backend="onnx")
    session = runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def engine(tokens: NDArray[np.int64], attention_mask: NDArray[np.int64]) -> NDArray[np.float32]:
        (hidden,) = session.run(None, dict(zip(INPUTS, (tokens, attention_mask), strict=True)))
        return hidden

    return logits_of(artefact.network, engine, backend="onnx")


BACKEND = BackendSpec(name="onnx", build=_build, source="https://onnxruntime.ai/docs")
