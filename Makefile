# Everything a fresh machine needs: Python 3.11+ and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export HOTLINE_DATA_DIR ?= var

.DEFAULT_GOAL := help
.PHONY: help demo run test lint format bench docs lock clean

help: ## Show what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

$(VENV)/.runtime: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; set PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.development: $(VENV)/.runtime requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

demo: $(VENV)/.runtime ## Serve the demo city with living requests on http://127.0.0.1:8000 (PORT=…)
	@exec $(BIN)/python -m app.cli demo

run: $(VENV)/.runtime ## Serve an empty installation (the first start prints the administrator's password)
	@$(BIN)/python -m app.cli migrate && $(BIN)/python -m app.cli seed && exec $(BIN)/python -m app.cli serve --with-worker

test: $(VENV)/.development ## Run all tests on a throw-away PostgreSQL (ARGS=… for pytest)
	@$(BIN)/python tests/browser_setup.py
	@$(BIN)/python -m pytest $(ARGS)

lint: $(VENV)/.development ## Check style, types, layers
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m mypy
	$(BIN)/lint-imports

format: $(VENV)/.development ## Put the code into its usual form
	$(BIN)/python -m ruff check --fix .
	$(BIN)/python -m ruff format .

bench: $(VENV)/.runtime ## Print the performance table (ARGS=--json for machines)
	@$(BIN)/python -m benchmarks $(ARGS)

docs: $(VENV)/.runtime ## Write the generated parts of README.md
	$(BIN)/python docs/generate.py

lock: ## Pin all requirements anew (needs uv)
	uv pip compile --group build pyproject.toml $(LOCK) --output-file requirements.lock
	uv pip compile --group build --group dev pyproject.toml $(LOCK) --constraints requirements.lock --output-file requirements-dev.lock
LOCK := --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --quiet

clean: ## Remove what was installed (data in var/ stays)
	rm -rf $(VENV) *.egg-info .pytest_cache .mypy_cache .ruff_cache
