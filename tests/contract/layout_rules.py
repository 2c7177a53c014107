"""The rules of size and shape, each a function from a source file's syntax tree to its violations."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

Function = ast.FunctionDef | ast.AsyncFunctionDef
BLOCKS = (ast.For, ast.AsyncFor, ast.While, ast.If, ast.With, ast.AsyncWith, ast.Try, ast.TryStar, ast.Match)

LONGEST_FILE = 400
LONGEST_FUNCTION = 60
# Read whole, from top to bottom, so it may be longer.
LONGEST_LOOP = {"train/loop.py": 80}
DEEPEST = 3
MOST_PARAMETERS = 6
MOST_POSITIONAL = 2

# Heavy packages, asked for only where they are needed: two optional ones, and the one that only Parquet files need.
HEAVY = {"kiwipiepy", "huggingface_hub", "pyarrow"}
# Verbs import their station when they are called; the package hands out its estimators when they are asked for.
LAZY_FILES = {"cli.py", "compare_verb.py", "probe_verbs.py", "__init__.py"}
# The options of a verb are its parameters; scikit-learn wants every setting as an own argument.
MANY_PARAMETERS = {
    ("cli.py", "fit"),
    ("cli.py", "convert_data"),
    ("probe_verbs.py", "gradient"),
    ("probe_verbs.py", "overfit"),
    ("estimators.py", "_OnRoad.__init__"),
    ("estimators.py", "SequenceTagger.__init__"),
    ("forecaster.py", "SequenceForecaster.__init__"),
    ("translator.py", "Translator.__init__"),
    # Signatures of torchtext, which code that was written against it calls.
    ("legacy/torchtext/data/field.py", "Field.build_vocab"),
    ("legacy/torchtext/data/iterator.py", "Iterator.splits"),
    ("legacy/torchtext/data/tabular.py", "TabularDataset.splits"),
    ("legacy/torchtext/vocab.py", "Vocab.__init__"),
}
# What a TaskSpec holds is called through the spec, by place.
BY_PLACE = {
    (f"tasks/{task}.py", name)
    for task in ("classify", "forecast", "images", "tag", "translate")
    for name in ("prepare", "build", "predict", "answer", "judge", "beside")
}
SWALLOWERS: set[tuple[str, str]] = set()
FORBIDDEN_CALLS = {"getattr", "hasattr", "exec", "eval"}


@dataclass(frozen=True)
class Source:
    """One source file: its path below the package, its text and its syntax tree."""

    path: str
    text: str
    tree: ast.Module


@dataclass(frozen=True)
class Named:
    """A function with its dotted name in the file; ``is_method`` when its first parameter is self or cls."""

    name: str
    node: Function
    is_method: bool
    is_nested: bool

    @property
    def is_public(self) -> bool:
        """Neither the name, nor that of its class, begins with an underscore; dunder methods are not public."""
        return not self.is_nested and not any(part.startswith("_") for part in self.name.split("."))


def parse(path: str, text: str) -> Source:
    """A source file from its text."""
    return Source(path=path, text=text, tree=ast.parse(text))


def sources(package: Path) -> list[Source]:
    """All source files of a package, in the order of their paths."""
    files = sorted(package.rglob("*.py"))
    return [parse(file.relative_to(package).as_posix(), file.read_text(encoding="utf-8")) for file in files]


def functions(source: Source) -> Iterator[Named]:
    """All functions of a file, methods and inner functions included."""
    yield from _functions(source.tree, prefix="", is_class=False, is_nested=False)


def _functions(node: ast.AST, *, prefix: str, is_class: bool, is_nested: bool) -> Iterator[Named]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Function):
            name = f"{prefix}{child.name}"
            static = any(isinstance(item, ast.Name) and item.id == "staticmethod" for item in child.decorator_list)
            yield Named(name=name, node=child, is_method=is_class and not static, is_nested=is_nested)
            yield from _functions(child, prefix=f"{name}.", is_class=False, is_nested=True)
        elif isinstance(child, ast.ClassDef):
            yield from _functions(child, prefix=f"{prefix}{child.name}.", is_class=True, is_nested=is_nested)
        else:
            yield from _functions(child, prefix=prefix, is_class=is_class, is_nested=is_nested)


def body_lines(function: Function) -> int:
    """Lines of a function's body without its docstring."""
    body = function.body
    if ast.get_docstring(function, clean=False) is not None:
        body = body[1:]
    return 0 if not body else (body[-1].end_lineno or 0) - body[0].lineno + 1


def file_length(source: Source) -> Iterator[str]:
    """A file has at most 400 lines."""
    n_lines = len(source.text.splitlines())
    if n_lines > LONGEST_FILE:
        yield f"{source.path}: {n_lines} lines, at most {LONGEST_FILE}"


def function_length(source: Source) -> Iterator[str]:
    """A function's body has at most 60 lines; the training loop 80."""
    longest = LONGEST_LOOP.get(source.path, LONGEST_FUNCTION)
    for function in functions(source):
        if body_lines(function.node) > longest:
            yield f"{_place(source, function)}: {body_lines(function.node)} lines, at most {longest}"


def depth(source: Source) -> Iterator[str]:
    """Blocks stand in one another at most three deep; elif adds none."""
    for function in functions(source):
        deepest = max((_depth(node) for node in function.node.body), default=0)
        if deepest > DEEPEST:
            yield f"{_place(source, function)}: blocks {deepest} deep, at most {DEEPEST}"


def _depth(node: ast.AST) -> int:
    if isinstance(node, Function | ast.ClassDef | ast.Lambda):  # counted by itself
        return 0
    inner = max((_depth(child) for child in ast.iter_child_nodes(node)), default=0)
    if isinstance(node, ast.If) and len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If):
        own = max((_depth(child) for child in node.body), default=0) + 1
        return max(own, _depth(node.orelse[0]))
    return inner + isinstance(node, BLOCKS)


def parameters(source: Source) -> Iterator[str]:
    """At most six parameters, self not counted."""
    for function in functions(source):
        names = _parameters(function)
        if len(names) > MOST_PARAMETERS and (source.path, function.name) not in MANY_PARAMETERS:
            yield f"{_place(source, function)}: {len(names)} parameters, at most {MOST_PARAMETERS}"


def keyword_only(source: Source) -> Iterator[str]:
    """A public function takes its parameters past the second by keyword."""
    for function in functions(source):
        positional = _positional(function)
        is_bound = function.is_public and (source.path, function.name) not in MANY_PARAMETERS | BY_PLACE
        if is_bound and len(positional) > MOST_POSITIONAL:
            late = ", ".join(positional[MOST_POSITIONAL:])
            yield f"{_place(source, function)}: {late} to be keyword-only"


def _positional(function: Named) -> list[str]:
    arguments = function.node.args
    names = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args)]
    return names[1:] if function.is_method else names


def _parameters(function: Named) -> list[str]:
    return [*_positional(function), *(argument.arg for argument in function.node.args.kwonlyargs)]


def star_imports(source: Source) -> Iterator[str]:
    """Every imported name is written out."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names):
            yield f"{source.path}:{node.lineno}: from {node.module} import *"


def inner_imports(source: Source) -> Iterator[str]:
    """A function imports nothing, but for heavy optional packages and the verbs of the command line."""
    if source.path in LAZY_FILES:
        return
    for function in functions(source):
        for node in ast.walk(function.node):
            for module in imported(node):
                if module.split(".")[0] not in HEAVY:
                    yield f"{_place(source, function)}: imports {module} inside"


def imported(node: ast.AST) -> list[str]:
    """The modules that an import statement names."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or "."] if isinstance(node, ast.ImportFrom) else []


def docstrings(source: Source) -> Iterator[str]:
    """Every public module, class and function says in a docstring what it is."""
    if not ast.get_docstring(source.tree):
        yield f"{source.path}: no docstring"
    for node in source.tree.body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_") and not ast.get_docstring(node):
            yield f"{source.path}:{node.lineno} {node.name}: no docstring"
    for function in functions(source):
        if function.is_public and not _is_overload(function) and not ast.get_docstring(function.node):
            yield f"{_place(source, function)}: no docstring"


def _is_overload(function: Named) -> bool:
    return any(isinstance(item, ast.Name) and item.id == "overload" for item in function.node.decorator_list)


def annotations(source: Source) -> Iterator[str]:
    """Every parameter and every result has its type."""
    for function in functions(source):
        arguments = function.node.args
        named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        every = [argument for argument in (*named, arguments.vararg, arguments.kwarg) if argument is not None]
        bare = [argument.arg for argument in every[function.is_method :] if argument.annotation is None]
        if bare:
            yield f"{_place(source, function)}: no type for {', '.join(bare)}"
        if function.node.returns is None:
            yield f"{_place(source, function)}: no type for the result"


def swallowed_keywords(source: Source) -> Iterator[str]:
    """No function takes names that nobody asked for."""
    for function in functions(source):
        if function.node.args.kwarg is not None and (source.path, function.name) not in SWALLOWERS:
            yield f"{_place(source, function)}: **{function.node.args.kwarg.arg}"


def forbidden_calls(source: Source) -> Iterator[str]:
    """No attribute is guessed, no text is run."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FORBIDDEN_CALLS:
            yield f"{source.path}:{node.lineno}: {node.func.id}()"


def _place(source: Source, function: Named) -> str:
    return f"{source.path}:{function.node.lineno} {function.name}"


RULES: dict[str, Callable[[Source], Iterator[str]]] = {
    "file_length": file_length,
    "function_length": function_length,
    "depth": depth,
    "parameters": parameters,
    "keyword_only": keyword_only,
    "star_imports": star_imports,
    "inner_imports": inner_imports,
    "docstrings": docstrings,
    "annotations": annotations,
    "swallowed_keywords": swallowed_keywords,
    "forbidden_calls": forbidden_calls,
}


def import_graph(package: str, modules: list[Source]) -> dict[str, set[str]]:
    """Module to the modules of the same package that it imports anywhere, inside functions too."""
    names = {module_name(package, source.path): source for source in modules}
    return {name: set(_imports(source, set(names))) - {name} for name, source in names.items()}


def module_name(package: str, path: str) -> str:
    """``a/b.py`` of package p is ``p.a.b``; ``a/__init__.py`` is ``p.a``."""
    parts = [package, *path.removesuffix(".py").split("/")]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imports(source: Source, known: set[str]) -> Iterator[str]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                name = inner if inner in known else node.module
                yield from [name] if name in known else []


def circle(graph: dict[str, set[str]]) -> list[str]:
    """The modules of one circle of imports, in order; empty when there is none."""
    done: set[str] = set()
    for start in sorted(graph):
        found = _circle_from(start, graph, way=[], done=done)
        if found:
            return found
    return []


def _circle_from(name: str, graph: dict[str, set[str]], *, way: list[str], done: set[str]) -> list[str]:
    if name in way:
        return [*way[way.index(name) :], name]
    if name in done:
        return []
    for inner in sorted(graph[name]):
        found = _circle_from(inner, graph, way=[*way, name], done=done)
        if found:
            return found
    done.add(name)
    return []
