# Everything runs in .venv, which the first target makes by itself and no target makes twice.

VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
LOCKS := requirements.lock requirements-nodeps.lock
# Two workers with one thread each are faster than one worker with two: most tests are small.
PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2
DEFAULT_TESTS := not slow and not gpu and not network

export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DELETE_ON_ERROR:
.PHONY: help demo test check fix test-all bench docs

help:  ## say what there is
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

demo: $(INSTALLED)  ## train on Korean film reviews, judge, report, answer two sentences
	$(BIN)/seqwise fit examples/demo.toml --out runs/demo --fresh
	printf '%s\n' '정말 재미있고 감동적인 영화' '지루하고 돈이 아까운 영화' | $(BIN)/seqwise predict runs/demo -

test: check  ## check, then the tests that need neither minutes, a GPU nor a network
	$(PYTEST) -m "$(DEFAULT_TESTS)"

check: $(INSTALLED)  ## style, types and floors
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports

fix: $(INSTALLED)  ## mend what ruff can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

test-all: check  ## the tests that take minutes, too
	$(PYTEST) -m "not gpu and not network"

bench: $(INSTALLED)  ## the figures of the documentation, measured anew
	$(BIN)/python benchmarks/run_all.py

docs: $(INSTALLED)  ## run the examples of README.md and docs/
	$(BIN)/python -m pytest tests/docs

$(BIN)/python:
	@set -e; chosen=; \
	for name in $(PYTHON) python3 python3.13 python3.12 python3.11; do \
	    command -v $$name >/dev/null 2>&1 || continue; \
	    if $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then chosen=$$name; break; fi; \
	    echo "$$name is $$($$name --version 2>&1), seqwise needs Python 3.11 or newer: looking for another."; \
	done; \
	if [ -z "$$chosen" ]; then echo "No Python 3.11 or newer found. Install one, or name it: make PYTHON=/path/to/python3.12"; exit 1; fi; \
	if ! $$chosen -c 'import ensurepip, venv' >/dev/null 2>&1; then \
	    echo "$$chosen has no venv module. On Debian: apt install python3-venv"; exit 1; fi; \
	echo "Making $(VENV) with $$($$chosen --version)"; \
	$$chosen -m venv $(VENV)

$(INSTALLED): $(LOCKS) pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps -r requirements-nodeps.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@
