"""A fake run and its pages, written once: drawing figures is what these tests spend their time on."""

from pathlib import Path

import pytest
from report_fake_run import write_run

from seqwise.report.facts import RunFacts
from seqwise.report.load import read_run
from seqwise.report.page import write_report


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(tmp_path_factory.mktemp("runs") / "spooky-gru")


@pytest.fixture(scope="session")
def facts(run_folder: Path) -> RunFacts:
    return read_run(run_folder)


@pytest.fixture(scope="session")
def english(run_folder: Path) -> str:
    return write_report(run_folder, language="en").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def korean(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = write_run(tmp_path_factory.mktemp("runs") / "korean", is_good=False)
    return write_report(folder, language="ko").read_text(encoding="utf-8")
