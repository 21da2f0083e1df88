# Each target makes .venv by itself: nothing but Python >= 3.11, make and git has to be there.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
PROCESSORS = $(shell getconf _NPROCESSORS_ONLN)
# Twice as many as there are processors: tests wait more than they compute.
WORKERS = $(shell expr $(PROCESSORS) \* 2)
# Frames a second that a tested app paints at most: a third of what it does for eyes.
FRAMES = 20
# What `make mutants` changes.
MODULE ?= s3tui/transfer/integrity

.DEFAULT_GOAL := help
.PHONY: help demo run test quick long check format lint types imports package screenshots mutants bench clean

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.demo  ## browse an S3 of its own on this machine: no account, nothing leaves it
	@$(BIN)/s3tui --demo

run: $(VENV)/.demo  ## start s3tui with your own connections
	@$(BIN)/s3tui

test: $(VENV)/.dev  ## run the tests against real S3 servers on this machine
	TEXTUAL_FPS=$(FRAMES) $(BIN)/python -m pytest --numprocesses=$(WORKERS) --dist=worksteal

quick: $(VENV)/.quick  ## run the tests that need no server: in a minute
	S3TUI_NO_SERVERS=1 S3TUI_QUICK=1 $(BIN)/python -m pytest -m "not server and not long and not large" --numprocesses=$(PROCESSORS) --dist=worksteal

long: $(VENV)/.dev  ## run the generated tests (fuzz, monkey, crash, outage) at full size: hours, S3TUI_SEED=… for another seed
	S3TUI_LONG=1 $(BIN)/python -m pytest -m "long or drawn or sampled" --numprocesses=$(WORKERS) --dist=worksteal --timeout=14400 -s

check: format lint types imports test  ## everything that decides whether a change lands

format: $(VENV)/.dev
	$(BIN)/ruff format --check .

lint: $(VENV)/.dev
	$(BIN)/ruff check .

types: $(VENV)/.dev
	$(BIN)/mypy

imports: $(VENV)/.dev
	$(BIN)/lint-imports

package: $(VENV)/.dev  ## build sdist and wheel, install them into an empty environment and start them
	$(BIN)/python -m tests.check_package

screenshots: $(VENV)/.dev  ## draw screenshots/ again from the demo (needs rsvg-convert)
	$(BIN)/python -m tests.make_screenshots

mutants: $(VENV)/.dev  ## change MODULE=s3tui/… bit by bit: would a test notice? SAMPLE=150 SEED=2 for some, TESTS=tests/…
	@$(BIN)/python -m tests.mutants $(MODULE) $(if $(TESTS),--tests $(TESTS)) $(if $(SAMPLE),--sample $(SAMPLE)) $(if $(SEED),--seed $(SEED))

bench: $(VENV)/.bench  ## measure s3tui beside its peers
	$(BIN)/python -m benchmarks

clean:  ## remove .venv and what tools left behind
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .mutants *.egg-info

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "s3tui needs Python 3.11 or newer: make PYTHON=python3.12 …" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "python3 -m venv failed: on Debian and Ubuntu, install python3-venv" >&2; exit 1; }
	@$(INSTALL) --upgrade pip
	@touch $@

$(VENV)/.demo: $(VENV)/.python pyproject.toml constraints.txt
	@echo "Installing s3tui into $(VENV) …"
	@$(INSTALL) --editable '.[demo]'
	@touch $@

$(VENV)/.quick: $(VENV)/.python pyproject.toml constraints.txt
	@echo "Installing the quick tests' tools into $(VENV) …"
	@$(INSTALL) --editable . --group quick
	@touch $@

$(VENV)/.dev: $(VENV)/.demo
	@echo "Installing the test tools into $(VENV) …"
	@$(INSTALL) --group dev
	@touch $@

$(VENV)/.bench: $(VENV)/.dev
	@$(INSTALL) --group bench
	@touch $@
