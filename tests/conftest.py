"""Shape checks on: every call of an annotated tensor function in the tests checks the shapes of its signature."""

from jaxtyping import install_import_hook

# Rooms whose functions take tensors. The hook must be in place before they are imported, and imports nothing itself.
TENSOR_ROOMS = ["seqwise.tensors", "seqwise.batch", "seqwise.model", "seqwise.train", "seqwise.probe", "seqwise.tasks"]
install_import_hook(TENSOR_ROOMS, "shape_checks.typechecker")
