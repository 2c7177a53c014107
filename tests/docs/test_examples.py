"""Every example runs: the python and sh blocks of README.md and docs/, and the examples in docstrings.

The blocks of one page run in order, in one temporary folder from which ``examples/`` is reachable; python blocks share
their names. A block fenced as ``text`` is shown and not run.
"""

import doctest
import re
import shlex
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import pytest

from seqwise.cli import main

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src"
PAGES = [page for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))] if page.exists()]
FENCE = re.compile(r"^```(python|sh)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
KNOWN_FENCES = {"python", "sh", "text", "toml", "json", ""}
EXAMPLES = [
    ".".join(file.relative_to(SOURCE).with_suffix("").parts)
    for file in sorted(SOURCE.rglob("*.py"))
    if ">>> " in file.read_text(encoding="utf-8")
]


@dataclass(frozen=True)
class Block:
    """One fenced block: its language, its code and the line where the code begins."""

    language: str
    code: str
    line: int


def blocks(text: str) -> list[Block]:
    return [
        Block(language=found.group(1), code=found.group(2), line=text.count("\n", 0, found.start(2)) + 1)
        for found in FENCE.finditer(text)
    ]


def run(page: str, text: str) -> None:
    """Run the blocks of a page; an error names the page and the line."""
    names: dict[str, object] = {"__name__": "__main__"}
    for block in blocks(text):
        if block.language == "python":
            # Empty lines in front, so that a traceback gives the line of the page.
            exec(compile("\n" * (block.line - 1) + block.code, page, "exec"), names)
        else:
            run_commands(page, block)


def run_commands(page: str, block: Block) -> None:
    joined = block.code.replace("\\\n", " ")
    for command in filter(None, (line.split("  #")[0].strip() for line in joined.split("\n"))):
        program, *arguments = shlex.split(command)
        assert program == "seqwise", f"{page}:{block.line}: only seqwise is run, found {command}"
        code = main(arguments)
        assert code == 0, f"{page}:{block.line}: exit code {code} of {command}"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_the_blocks_of_a_page_run(page: Path, folder: Path) -> None:
    run(page.name, page.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_fence_of_a_page_is_of_a_known_kind(page: Path) -> None:
    opened = re.findall(r"^```(\S*)", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert set(opened) <= KNOWN_FENCES
    assert len(opened) % 2 == 0


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_of_docstrings_run(name: str) -> None:
    result = doctest.testmod(import_module(name), optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    assert result.attempted > 0
    assert result.failed == 0


def test_python_blocks_share_their_names_and_their_folder(folder: Path) -> None:
    first = "```python\nfrom pathlib import Path\nx = 1\n```\n```text\nx = y\n```\n"
    text = first + "b\n```python\nPath('out').write_text(str(x + 1))\n```\n"
    run("page.md", text)
    assert (folder / "out").read_text() == "2"


def test_a_broken_block_names_its_page_and_line(folder: Path) -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        run("page.md", "a\n\n```python\nx = 1\nx / 0\n```\n")
    assert (str(caught.traceback[-1].path), caught.traceback[-1].lineno + 1) == ("page.md", 5)


def test_commands_run_and_their_exit_code_counts(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("page.md", "```sh\nseqwise list \\\n  tasks  # what there is\n\nseqwise --version\n```\n")
    assert capsys.readouterr().out.splitlines()[-1].startswith("seqwise ")
    with pytest.raises(AssertionError, match=r"page\.md:2: exit code 64 of seqwise list nothing"):
        run("page.md", "```sh\nseqwise list nothing\n```\n")
    with pytest.raises(AssertionError, match="only seqwise is run, found rm -r x"):
        run("page.md", "```sh\nrm -r x\n```\n")
