# Everything runs from a fresh clone with Python 3.11 or newer, git and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SIZES ?= 100 1000 10000 100000
# Every call is a process of its own: compiled once, not each time.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo dev test test-unit test-all test-others coverage mutants torture lint docs site pictures bench package clean
.DEFAULT_GOAL := help

help:
	@echo "make demo      install flaggit into $(VENV) and show a flag's whole life"
	@echo "make test      install and run the tests"
	@echo "make test-unit the parts only: no servers, no whole lives"
	@echo "make test-all  also the tests that take minutes"
	@echo "make coverage  run the tests and show which lines and branches of flaggit they reach"
	@echo "make mutants   change the judgements one operator at a time; the tests have to notice (two hours)"
	@echo "make torture   try to break it, for two minutes"
	@echo "make test-others  the flows with every other git and Python of the machine (FLAGGIT_GITS, FLAGGIT_PYTHONS)"
	@echo "make lint      lint, formatting, types, the order of the packages, workflows"
	@echo "make docs      write docs/commands.md and docs/errors.md anew"
	@echo "make site      build the documentation as a site in build/site, every link checked"
	@echo "make pictures  make the pictures of the README anew, from real commands"
	@echo "make bench     measure everything in stores of up to 100,000 flags (half an hour); make bench SIZES=1000 for less"
	@echo "make gate      count the instructions of hot commands with valgrind; fail where one takes too many"
	@echo "make package   build wheel and sdist, install each in a clean environment and try it"

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "flaggit needs Python 3.11 or newer: make PYTHON=/path/to/python3.11")'
	$(PYTHON) -m venv $(VENV)
	@# The scripts that an old pip makes import re, which costs every call two thirds of a bare interpreter.
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip

$(VENV)/.runtime: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.dev: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@ $(VENV)/.runtime

demo: $(VENV)/.runtime
	@$(BIN)/python demo/whole_life.py

dev: $(VENV)/.dev

test: $(VENV)/.dev
	$(BIN)/python -m pytest --numprocesses auto --quiet

test-unit: $(VENV)/.dev
	$(BIN)/python -m pytest --numprocesses auto --quiet -m "not slow and not server and not oracle" --ignore tests/flows --ignore tests/project

test-all: $(VENV)/.dev
	$(BIN)/python -m pytest --numprocesses auto --quiet -m "slow or not slow" --hypothesis-profile thorough

# Start-up is pinned by what it imports, which a tool that watches it changes.
coverage: $(VENV)/.dev
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest --numprocesses auto --quiet -m "not slow and not startup" $(TESTS)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --skip-covered --sort=cover

mutants: $(VENV)/.dev
	$(BIN)/python .ci/mutants.py

test-others: $(VENV)/.dev
	$(BIN)/python .ci/try_others.py

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/zizmor --offline --no-progress --quiet .github action.yml comment templates
	@if command -v actionlint >/dev/null 2>&1; then actionlint .github/workflows/*.yml templates/github/*.yml; \
	else echo "skipped: actionlint is not installed"; fi

docs: $(VENV)/.dev
	$(BIN)/python .ci/write_docs.py

$(VENV)/.site: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[site]'
	@touch $@

site: $(VENV)/.site
	$(BIN)/python .ci/build_site.py $(LINKS)

pictures: $(VENV)/.dev
	$(BIN)/python .ci/make_pictures.py

torture: $(VENV)/.dev
	$(BIN)/python -m torture

bench: $(VENV)/.dev
	$(BIN)/python -m bench.table --sizes $(SIZES)

gate: $(VENV)/.dev
	$(BIN)/python -m bench.gate

package: $(VENV)/.dev
	$(BIN)/python .ci/try_packages.py

clean:
	rm -rf $(VENV) build dist mutants .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache
