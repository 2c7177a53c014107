"""The source keeps the rules of size and shape, and each rule finds the fault that it is there for."""

import statistics
from pathlib import Path

import pytest
from layout_rules import RULES, Source, body_lines, circle, functions, import_graph, parse, sources

PACKAGE = Path(__file__).resolve().parents[2] / "src" / "seqwise"
SOURCES = sources(PACKAGE)


def violations(rule: str, *files: Source) -> list[str]:
    return [found for source in files for found in RULES[rule](source)]


@pytest.mark.parametrize("rule", RULES)
def test_the_source_keeps_the_rule(rule: str) -> None:
    found = violations(rule, *SOURCES)
    assert not found, "\n".join(found)


def test_half_of_the_functions_are_under_10_lines_and_nine_in_ten_under_30() -> None:
    lines = [body_lines(function.node) for source in SOURCES for function in functions(source)]
    assert statistics.median(lines) < 10
    assert statistics.quantiles(lines, n=10)[-1] < 30


def test_imports_go_in_no_circle() -> None:
    assert circle(import_graph("seqwise", SOURCES)) == []


DOC = '"""A file."""\n'
SIXTY = "\n".join("    x = 1" for _ in range(60))
PASS = "                pass\n"
ELIF = "            elif a:\n"
DEEP_3 = "def f() -> None:\n    for a in ():\n        while a:\n            if a:\n                pass\n"


# Each rule with a source that breaks it, what the rule says of that, and a source next to it that is right.
@pytest.mark.parametrize(
    ("rule", "path", "bad", "told", "good"),
    [
        ("file_length", "a.py", "x = 1\n" * 401, "a.py: 401 lines, at most 400", "x = 1\n" * 400),
        (
            "function_length",
            "a.py",
            f'def f() -> None:\n    """Not\n    counted."""\n{SIXTY}\n    x = 2\n',
            "a.py:1 f: 61 lines, at most 60",
            f'def f() -> None:\n    """Not\n    counted."""\n{SIXTY}\n',
        ),
        (
            "function_length",
            "train/loop.py",
            f"def f() -> None:\n{SIXTY}\n" + "    y = 1\n" * 21,
            "train/loop.py:1 f: 81 lines, at most 80",
            f"def f() -> None:\n{SIXTY}\n" + "    y = 1\n" * 20,
        ),
        (
            "depth",
            "a.py",
            DEEP_3.replace("pass", "with a:\n                    pass"),
            "a.py:1 f: blocks 4 deep, at most 3",
            DEEP_3,
        ),
        (
            "depth",
            "a.py",
            DEEP_3 + ELIF + "                try:\n    " + PASS + "                finally:\n    " + PASS,
            "a.py:1 f: blocks 4 deep, at most 3",
            DEEP_3 + ELIF + PASS + ELIF + PASS + "            else:\n" + PASS,
        ),
        (
            "parameters",
            "a.py",
            "def f(a, b, *, c, d, e, g, h): ...",
            "a.py:1 f: 7 parameters, at most 6",
            "class A:\n    def f(self, a, b, *, c, d, e, g): ...",
        ),
        (
            "keyword_only",
            "a.py",
            "class A:\n    def f(self, a, b, c, d=1): ...",
            "a.py:2 A.f: c, d to be keyword-only",
            "def f(a, b, *, c): ...\ndef _g(a, b, c): ...\nclass A:\n    def f(self, a, b): ...",
        ),
        ("star_imports", "a.py", "from b import *", "a.py:1: from b import *", "from b import c"),
        (
            "inner_imports",
            "a.py",
            "def f():\n    if 1:\n        from b.c import d",
            "a.py:1 f: imports b.c inside",
            "import b\ndef f():\n    from kiwipiepy import Kiwi",
        ),
        ("inner_imports", "a/cli.py", "def f():\n    import b", "a/cli.py:1 f: imports b inside", "x = 1"),
        ("docstrings", "a.py", "x = 1", "a.py: no docstring", DOC),
        ("docstrings", "a.py", DOC + "class A: ...", "a.py:2 A: no docstring", DOC + "class _A: ..."),
        ("docstrings", "a.py", DOC + "def f(): ...", "a.py:2 f: no docstring", DOC + "def _f(): ..."),
        (
            "docstrings",
            "a.py",
            DOC + 'class A:\n    """A."""\n    def f(self): ...',
            "a.py:4 A.f: no docstring",
            DOC + 'class A:\n    """A."""\n    def _f(self): ...',
        ),
        (
            "annotations",
            "a.py",
            "def f(a, *b) -> None: ...",
            "a.py:1 f: no type for a, b",
            "def f(a: int) -> None: ...",
        ),
        (
            "annotations",
            "a.py",
            "def _f(): ...",
            "a.py:1 _f: no type for the result",
            "class A:\n    def f(self) -> int: ...",
        ),
        (
            "annotations",
            "a.py",
            "class A:\n    @staticmethod\n    def f(a) -> int: ...",
            "a.py:3 A.f: no type for a",
            "class A:\n    @staticmethod\n    def f(a: int) -> int: ...",
        ),
        ("swallowed_keywords", "a.py", "def f(**rest): ...", "a.py:1 f: **rest", "def f(*, rest): ..."),
        ("forbidden_calls", "a.py", "x = getattr(a, 'b', 1)", "a.py:1: getattr()", "x = a.b"),
        ("forbidden_calls", "a.py", "x = hasattr(a, 'b')", "a.py:1: hasattr()", "network.eval()"),
        ("forbidden_calls", "a.py", "exec('x')", "a.py:1: exec()", "x = 'exec'"),
        ("forbidden_calls", "a.py", "eval('x')", "a.py:1: eval()", "x = 'eval'"),
    ],
)
def test_the_rule_finds_its_fault_and_nothing_else(rule: str, path: str, bad: str, told: str, good: str) -> None:
    assert violations(rule, parse(path, bad)) == [told]
    assert violations(rule, parse(path, good)) == []


def test_every_rule_has_a_planted_fault() -> None:
    mark = test_the_rule_finds_its_fault_and_nothing_else.pytestmark[0]
    assert {case[0] for case in mark.args[1]} == set(RULES)


@pytest.mark.parametrize(
    "inner",
    ["from p.b import y", "import p.b", "from p import b", "def f():\n    from p.b import y"],
)
def test_a_circle_is_found_however_it_is_hidden(inner: str) -> None:
    files = [
        parse("__init__.py", ""),
        parse("a.py", inner),
        parse("b.py", "from p.c.d import x"),
        parse("c/d.py", "import p.a"),
    ]
    assert circle(import_graph("p", files)) == ["p.a", "p.b", "p.c.d", "p.a"]
    assert circle(import_graph("p", files[:3])) == []
