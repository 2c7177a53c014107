"""The table of backends: name to one-line summary; each is a file of this folder."""

BACKENDS: dict[str, str] = {
    "torch": "the network as it was trained: no padding, its own precision and device",
    "onnx": "ONNX Runtime: the BERT family, float32 on the processor (extra onnx)",
    "openvino": "OpenVINO: the BERT family, float32 on the processor (extra openvino)",
    "int8": "torch, in 8-bit integers on the processor: the BERT family, other answers; with --backend only",
}
