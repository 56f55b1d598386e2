# Each target makes its own virtual environment; the plain pip lines stand in README.md.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# mypy finds the package by its name, which is this folder's only once it is linked.
TYPES := .types

.PHONY: demo test test-quick lint bench clean

$(READY): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet -e '.[fast,offline,seal,ray,s3,test]'
	touch $(READY)

demo: $(READY)
	$(BIN)/earwitness analyze samples/calls/rude_refusal.mono.flac --force --out rude_refusal.evidence

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	mkdir -p $(TYPES) && ln -sfn .. $(TYPES)/earwitness
	MYPYPATH=$(TYPES) $(BIN)/mypy -p earwitness

test: lint
	$(BIN)/python -m pytest

test-quick: $(READY)
	$(BIN)/python -m pytest -m 'not weights and not cluster'

bench: $(READY)
	$(BIN)/python bench/calls.py

clean:
	rm -rf $(VENV) build *.egg-info
