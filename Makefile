# Everything that a person runs here; each target sets up what it needs.
VENV := .venv
PYTHON ?= python3
STAMP := $(VENV)/.requirements.sha256

.PHONY: help setup secrets demo test test-long lint fmt bench rules rules-doc requirements

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(STAMP) ## make .venv with the command .venv/bin/guichet

$(STAMP): requirements/run.txt requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "guichet needs Python 3.11 or later; set PYTHON=..."; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup ## the demonstration: a stack, a few thousand events, a summary
	$(VENV)/bin/guichet demo

test: setup ## the tests, on real Kafka and real PostgreSQL (at most 10 minutes)
	$(VENV)/bin/python -m pytest -m "not long"

test-long: setup ## what needs longer
	$(VENV)/bin/python -m pytest -m long

lint: setup ## ruff, mypy, import-linter, vulture
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(VENV)/bin/vulture

fmt: setup ## format the code
	$(VENV)/bin/ruff check --fix
	$(VENV)/bin/ruff format

secrets: ## keys and passwords for compose.yaml, made once
	@sh infra/containers/secrets.sh

bench: setup ## Guichet beside two other ways of doing the same work
	$(VENV)/bin/python -m tests.bench

rules: setup ## which of the 226 rules have a test
	$(VENV)/bin/python -m tests.rules

rules-doc: setup ## write docs/rules.md
	$(VENV)/bin/python -m tests.rules --write

requirements: setup ## pin the dependencies again, with hashes
	$(VENV)/bin/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --output-file requirements/run.txt pyproject.toml
	$(VENV)/bin/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --extra local --extra dev --output-file requirements/dev.txt pyproject.toml requirements/build.in
