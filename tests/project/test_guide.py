"""CONTRIBUTING.md followed to the letter, in a copy of the package: nothing that it names is missing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from repositories import PROJECT, Work

FORMAT = '''"""A review as one word."""

from __future__ import annotations

from flaggit.reviewing.report import Report


def report_word(report: Report) -> str:
    """Return whether a merge can go on."""
    return "stop" if report.failed else "go"
'''


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A copy of the package, to add to."""
    for name in ("flaggit", "schemas"):
        shutil.copytree(PROJECT / name, tmp_path / "copy" / name, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path / "copy" / "flaggit"


def test_a_new_format_takes_a_module_and_a_line(package: Path, work: Work) -> None:
    (package / "commands/review/format_word.py").write_text(FORMAT)
    registry = package / "commands/review/formats.py"
    line = '    "rdjson": _plain(report_rdjson),\n'
    text = registry.read_text()
    assert text.count(line) == 1
    text = text.replace(line, f'{line}    "word": _plain(report_word),\n')
    registry.write_text(
        text.replace("\n\nTYPE", "\nfrom flaggit.commands.review.format_word import report_word\n\nTYPE")
    )
    env = {"PYTHONPATH": str(package.parent)}
    work.commit()
    work.git("switch", "-q", "-c", "feature")
    work.write("api/orders.py", "")
    work.commit("Add orders", "api/orders.py")
    assert work.flaggit("review", "main..feature", "--format", "word", env=env).out == "go\n"
    assert "word" in work.flaggit("review", "--help", env=env).out
    refused = work.flaggit("review", "--format", "nonsense", env=env, status=2)
    assert "word" in refused.err
