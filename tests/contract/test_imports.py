"""Light rooms stay light, no room unpickles, and every module can be imported."""

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
import torch
from jaxtyping import TypeCheckError
from layout_rules import imported, module_name, sources

PACKAGE = Path(__file__).resolve().parents[2] / "src" / "seqwise"
SOURCES = sources(PACKAGE)
MODULES = [module_name("seqwise", source.path) for source in SOURCES]
LIGHT = ("read", "prepare", "baselines", "evaluate", "check", "report", "settings", "records", "errors", "catalog")
LIGHT += ("spans", "cli", "compare_verb", "probe_verbs", "console", "kinds", "examples")
PICKLES = {"pickle", "joblib", "shelve", "marshal", "dill", "cloudpickle"}


def light_modules() -> list[str]:
    return [name for name in MODULES if len(parts := name.split(".")) > 1 and parts[1] in LIGHT]


def loads(modules: list[str], *heavy: str) -> str:
    """Import the modules in a fresh interpreter; the heavy ones that came along, or what went wrong."""
    program = (
        "import importlib, sys\n"
        f"for name in {modules!r}: importlib.import_module(name)\n"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    return done.stdout.strip() or done.stderr


def test_light_rooms_never_import_torch() -> None:
    assert light_modules()
    assert loads(light_modules(), "torch", "transformers") == "[]"


def test_the_network_never_imports_transformers() -> None:
    model = [name for name in MODULES if name.split(".")[1:2] in (["model"], ["train"], ["batch"], ["tensors"])]
    assert loads(model, "transformers") == "[]"


def test_the_probe_of_these_tests_sees_what_is_imported() -> None:
    assert loads(["json"], "json", "torch") == "['json']"
    assert "No module named" in loads(["seqwise.nowhere"], "torch")


@pytest.mark.parametrize("name", MODULES)
def test_every_module_can_be_imported(name: str) -> None:
    import_module(name)


def test_nothing_is_pickled() -> None:
    found = [fault for source in SOURCES for node in ast.walk(source.tree) for fault in pickling(node)]
    assert found == []


def pickling(node: ast.AST) -> list[str]:
    """Imports of what pickles, its errors apart; and ``torch.load`` or ``torch.save``, the restricted reader apart."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        modules = {name.split(".")[0] for name in imported(node)} & PICKLES
        is_error = isinstance(node, ast.ImportFrom) and all(alias.name.endswith("Error") for alias in node.names)
        return [] if is_error else sorted(modules)
    if not isinstance(node, ast.Call) or ast.unparse(node.func) not in {"torch.load", "torch.save"}:
        return []
    return [] if "weights_only=True" in ast.unparse(node) else [ast.unparse(node)]


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("import pickle", ["pickle"]),
        ("from joblib import dump", ["joblib"]),
        ("from pickle import UnpicklingError", []),
        ("torch.load(path)", ["torch.load(path)"]),
        ("torch.load(path, weights_only=True)", []),
        ("torch.save(x, path)", ["torch.save(x, path)"]),
        ("json.load(path)", []),
    ],
)
def test_pickling_is_found(code: str, found: list[str]) -> None:
    assert pickling(ast.parse(code).body[0]) + pickling(getattr(ast.parse(code).body[0], "value", ast.Pass())) == found


def test_arrays_are_read_without_pickle() -> None:
    words = [
        source.path for source in SOURCES if "allow_pickle=True" in source.text or "weights_only=False" in source.text
    ]
    assert words == []


def test_shape_checks_are_on_in_tests() -> None:
    tensors = import_module("seqwise.tensors")
    one = torch.zeros(1, dtype=torch.int64)
    with pytest.raises(TypeCheckError, match="tokens"):
        tensors.Batch(tokens=one[None], offsets=one, positions=one, sequence=one, lengths=(1,), rows=(0,))
