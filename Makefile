# Two commands do everything: `make demo` and `make test`. `make help` lists the others.
SHELL := /bin/bash
.ONESHELL:
.SHELLFLAGS := -euo pipefail -c
PYTHON ?= python3
BIN := .venv/bin
SOURCES := streams sinks detectors tests
WORKERS ?= 2
PYTEST := $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

.PHONY: help setup demo test check lint types imports compile uncompile bench torture lock clean

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

setup: $(BIN)/rapport ## .venv with `rapport` in it, every package checked by its hash

$(BIN)/rapport: requirements.txt deploy/build-requirements.txt pyproject.toml
	@bash deploy/venv.sh "$(PYTHON)" deploy/build-requirements.txt requirements.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --no-index --editable .
	touch $@

$(BIN)/pytest: $(BIN)/rapport requirements-dev.txt
	@bash deploy/venv.sh "$(PYTHON)" requirements-dev.txt
	touch $@

demo: setup ## a simulated company lives through months in minutes; alerts appear as they are raised
	@$(BIN)/rapport demo $(ARGS)

test: $(BIN)/pytest ## all tests; those on Apache Kafka need Java 17 and Maven, and say so where they are missing
	$(PYTEST) $(ARGS)

check: $(BIN)/pytest lint types imports ## exactly what CI runs
	$(BIN)/python deploy/compile.py --clean
	$(MAKE) test ARGS="--cov --cov-report=term:skip-covered --cov-fail-under=90"
	$(MAKE) compile
	$(PYTEST) -q tests/detectors tests/streams/ingest tests/streams/monitor tests/faults/test_monitor_killed.py tests/faults/test_backlog.py
	$(BIN)/python deploy/compile.py --clean

compile: $(BIN)/pytest ## compile the hot modules with mypyc, in place; needs a C compiler
	@$(BIN)/python deploy/compile.py

uncompile: $(BIN)/pytest ## back to the interpreted modules: needed after a change of a compiled module
	@$(BIN)/python deploy/compile.py --clean

lint: $(BIN)/pytest
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(BIN)/pytest
	$(BIN)/mypy

imports: $(BIN)/pytest
	$(BIN)/lint-imports

bench: compile ## speed and memory beside the bare client, stock Faust and Quix Streams, in one run
	$(BIN)/python -m tests.benchmarks $(ARGS)

torture: $(BIN)/pytest ## the fault tests with 200 rounds
	RAPPORT_TORTURE=1 $(BIN)/python -m pytest tests/faults $(ARGS)

lock: ## resolve the requirements anew, with hashes and without any address
	uv pip compile -q pyproject.toml requirements-dev.in --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-strip-extras -o requirements-dev.txt
	uv pip compile -q pyproject.toml -c requirements-dev.txt --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-strip-extras -o requirements.txt
	echo setuptools | uv pip compile -q - -c requirements.txt --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-strip-extras -o deploy/build-requirements.txt

clean: ## remove what setup and the tests made
	rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .coverage
