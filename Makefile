# Needs CPython >= 3.11 and make; everything else comes from the lock files.
PYTHON ?= python3
# Processes of the test suite, which waits more than it computes.
WORKERS ?= 4
# Where it is set every start compiles all of the program and of the tests anew.
unexport PYTHONDONTWRITEBYTECODE
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet

.PHONY: run test lint types check-imports unit lock clean

run: $(VENV)/run.stamp
	@$(BIN)/fawen run

test: lint types check-imports unit

lint: $(VENV)/test.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/test.stamp
	$(BIN)/mypy

check-imports: $(VENV)/test.stamp
	$(BIN)/lint-imports

unit: $(VENV)/test.stamp
	$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Fawen needs Python 3.11 or newer: make PYTHON=python3.12 …")'
	$(PYTHON) -m venv $(VENV)

# The build back end is in the lock file too, so that the project itself installs without another download.
$(VENV)/run.stamp: requirements.lock pyproject.toml $(VENV)/bin/python
	$(PIP) --require-hashes -r requirements.lock
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/test.stamp: requirements-test.lock $(VENV)/run.stamp
	$(PIP) --require-hashes -r requirements-test.lock
	@touch $@

# Writes both lock files anew (needs uv); the addresses of the package index stay out of them.
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header
lock:
	$(LOCK) --group build pyproject.toml -o requirements.lock
	$(LOCK) --group build --extra test -c requirements.lock pyproject.toml -o requirements-test.lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache
