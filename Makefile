# `make demo` sets up and runs the main job; `make test` sets up and passes all fast checks.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
SETUP := pyproject.toml constraints.txt package.json

.PHONY: help demo test test-slow lint format bench train-demo clean

help:
	@echo "make demo        set up .venv and run the whole path on the bundled model"
	@echo "make test        set up .venv and pass lint, types, floors and all fast tests"
	@echo "make test-slow   the long tests (needs the extra 'serving')"
	@echo "make bench       timings, each beside a baseline of the same run"
	@echo "make format      format the code"
	@echo "make train-demo  train the bundled model anew: SEED=1 OUT=folder"
	@echo "make clean       remove .venv and what was built"

$(VENV)/.run: $(SETUP)
	@test -x $(BIN)/python || { echo "Creating $(VENV)"; $(PYTHON) -m venv $(VENV); }
	@echo "Installing PyTorch (once; a large download where it is not cached)"
	@$(PIP) torch
	@echo "Installing HeadLab"
	@$(PIP) --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.run
	@echo "Installing what the tests need"
	@$(PIP) --editable ".[dev]"
	@touch $@

demo: $(VENV)/.run
	@$(BIN)/headlab demo

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint
	$(BIN)/pytest --numprocesses 2

test-slow: $(VENV)/.dev
	@$(PIP) --editable ".[dev,serving]"
	$(BIN)/pytest -m slow

bench: $(VENV)/.dev
	$(BIN)/python tests/benchmarks/relation_scores.py --threads 1

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

train-demo: $(VENV)/.run
	$(BIN)/python -m headlab.workflow.demo_model train --seed $(or $(SEED),1) --out $(or $(OUT),build/demo)

clean:
	rm -rf $(VENV) build dist
