# The recipes. `make` alone prints them. Everything lives in .venv; nothing outside this folder is changed,
# but for model files in the user's cache.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help demo test check lint types directions docs pages lock wheel clean

help:  ## print this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(VENV)/ready: requirements/dev.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: $(VENV)/ready  ## two real models answer as one (SMALL=1: plumbing only, 98 MB; FULL=1: all problems; MODELS=DIR: files that you have)
	$(BIN)/python examples/demo/demo.py $(if $(SMALL),--small) $(if $(FULL),--full) $(if $(MODELS),--models $(MODELS))

test: $(VENV)/ready  ## all core tests
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile

check: lint types directions  ## what CI checks before the tests

lint: $(VENV)/ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(VENV)/ready
	$(BIN)/mypy

directions: $(VENV)/ready
	$(BIN)/lint-imports

docs: $(VENV)/ready  ## build the pages into site/
	$(BIN)/mkdocs build --strict --quiet

pages: $(VENV)/ready  ## write anew the parts of the docs that follow from the code
	$(BIN)/python docs/make_pages.py

wheel: $(VENV)/ready  ## build the wheel into dist/
	$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir dist .

lock: $(VENV)/ready  ## write anew what CI tests
	$(BIN)/python -m pip install --quiet --disable-pip-version-check pip-tools
	$(BIN)/pip-compile --quiet --strip-extras --generate-hashes --allow-unsafe --no-header --no-emit-index-url --no-emit-find-links \
	  --extra dev --extra local --output-file requirements/dev.lock pyproject.toml

clean:  ## remove what the recipes made here
	rm -rf $(VENV) dist site build
