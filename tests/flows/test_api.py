"""The Python API: its examples run in a real repository, its names load, its types are published."""

from __future__ import annotations

import doctest
import subprocess
import sys

import pytest
from repositories import PROJECT, Work

import flaggit
from flaggit import api
from flaggit.core import handles, ids


def test_the_examples_of_the_api_run(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(work.path)
    finder = doctest.DocTestFinder(recurse=True)
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL)
    names: dict[str, object] = {}
    # In the order of the file: a later example goes on where an earlier one stopped.
    for test in sorted(finder.find(api, "api"), key=lambda test: test.lineno or 0):
        test.globs = names
        runner.run(test, clear_globs=False)
    assert runner.summarize(verbose=False).attempted > 12
    assert runner.summarize(verbose=False).failed == 0


@pytest.mark.parametrize("module", [ids, handles])
def test_the_examples_of_values_run(module: object) -> None:
    assert doctest.testmod(module).failed == 0


def test_every_public_name_loads() -> None:
    for name in flaggit.__all__:
        assert getattr(flaggit, name) is not None
    with pytest.raises(AttributeError):
        flaggit.nonsense  # noqa: B018
    assert (PROJECT / "flaggit" / "py.typed").exists()


@pytest.mark.startup
def test_importing_the_package_loads_nothing_else() -> None:
    script = "import sys; before = set(sys.modules); import flaggit; print(sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-S", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['flaggit']"
