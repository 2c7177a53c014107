"""A trained model in, its logits by OpenVINO out: the body in float32 on the processor (extra: openvino)."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seqwise.artefact import Artefact
from seqwise.backends.contract import BackendSpec, Logits
from seqwise.backends.padded import INPUTS, exported_body, logits_of, need
from seqwise.runtime import Machine


def _build(artefact: Artefact, folder: Path, machine: Machine) -> Logits:
    core = need("openvino", backend="openvino").Core()
    path = exported_body(artefact, folder, backend="openvino")
    # Left to itself it computes in bfloat16 where the processor can, which is not what is compared with torch.
    hints = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": machine.threads}
    model = core.compile_model(str(path), "CPU", hints)

    def engine(tokens: NDArray[np.int64], attention_mask: NDArray[np.int64]) -> NDArray[np.float32]:
        return model(dict(zip(INPUTS, (tokens, attention_mask), strict=True)))[0]

    return logits_of(artefact.network, engine, backend="openvino")


BACKEND = BackendSpec(name="openvino", build=_build, source="https://docs.openvino.ai")
