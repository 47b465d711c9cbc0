# Targets for developers and users. They need Python 3.11 or newer and make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
DEV_INSTALLED := $(VENV)/.dev-installed
PIP := $(BIN)/python -m pip --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help run test unit lint types contracts check chaos coverage floor settings constraints clean

help: ## list these targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: $(INSTALLED) ## install if needed, and serve the whole product on http://127.0.0.1:8000
	@$(BIN)/interview-prep run

test: $(DEV_INSTALLED) ## install if needed, and run every test
	@$(BIN)/python -m pytest -n auto --dist loadgroup

unit: $(DEV_INSTALLED) ## run the fast tests only: unit and contract
	@$(BIN)/python -m pytest -n auto tests/unit tests/contract

check: lint types contracts coverage ## run all checks of CI

chaos: $(DEV_INSTALLED) ## kill workers and restart Redis at random, for a few minutes
	@CHAOS=full $(BIN)/python -m pytest -q --timeout 900 tests/integration/processes/test_chaos.py

lint: $(DEV_INSTALLED) ## check style and format
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(DEV_INSTALLED) ## check static types
	@$(BIN)/mypy --strict core ports
	@$(BIN)/mypy adapters entrypoints

contracts: $(DEV_INSTALLED) ## check the import contracts of layers and areas
	@$(BIN)/lint-imports

coverage: $(DEV_INSTALLED) ## run every test and check the coverage threshold
	@$(BIN)/python -m pytest -n auto --dist loadgroup --cov --cov-report=term:skip-covered --durations=15
	@$(MAKE) --no-print-directory floor

floor: $(DEV_INSTALLED) ## the higher floor under the services, of what the last run has covered
	@$(BIN)/coverage report --include='core/services/*' --skip-covered --fail-under=98

settings: $(DEV_INSTALLED) ## generate .env.example from the declared settings
	@$(BIN)/interview-prep settings > .env.example

constraints: $(DEV_INSTALLED) ## write the installed versions to constraints.txt
	@$(PIP) freeze --exclude-editable > constraints.txt

clean: ## remove installed and built files
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .coverage

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(INSTALLED): setup.cfg constraints.txt | $(BIN)/python
	@echo "Installing into $(VENV) ..."
	@$(PIP) install --quiet --constraint constraints.txt --editable .
	@touch $@

$(DEV_INSTALLED): setup.cfg constraints.txt | $(BIN)/python
	@echo "Installing into $(VENV), with what the tests need ..."
	@$(PIP) install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@ $(INSTALLED)
