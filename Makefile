# Every command of the project. `make help` lists them.
SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= python3
# Two test processes unless told otherwise: `make test N=4`, `make test T=tests/test_order.py`.
N ?= 2
T ?= tests
.DEFAULT_GOAL := help
.PHONY: help setup run test lint types layers translations migrate bench soak features check prove icons lock

help:  ## list the commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-13s %s\n", $$1, $$2}'

setup: $(VENV)/dev.stamp  ## make .venv with everything for work on the project

run: $(VENV)/run.stamp  ## start Jiahe on PORT (8080); Ctrl-C stops it
	@exec $(BIN)/python run.py

test: $(VENV)/dev.stamp  ## run the tests against real PostgreSQL, Valkey and Chromium
	@$(BIN)/python tools/browser.py
	@$(BIN)/python -m pytest -q -n $(N) --dist loadgroup $(T)

lint: $(VENV)/dev.stamp  ## style
	@$(BIN)/ruff check .

types: $(VENV)/dev.stamp  ## types
	@$(BIN)/mypy

layers: $(VENV)/dev.stamp  ## which module may import which
	@$(BIN)/lint-imports

translations: $(VENV)/dev.stamp  ## collect the texts, and compile what is translated
	@$(BIN)/pybabel -q extract -F babel.cfg -k _ -k lazy_gettext -k gettext --no-location --sort-output --omit-header -o translations/messages.pot .
	@$(BIN)/pybabel -q update -N --no-fuzzy-matching --ignore-pot-creation-date --ignore-obsolete -i translations/messages.pot -d translations
	@$(BIN)/pybabel -q compile -d translations

migrate: $(VENV)/run.stamp  ## bring the database of DATABASE_OWNER_URL up to date
	@$(BIN)/python -m flask --app app.factory:create_app migrate

check: $(VENV)/run.stamp  ## check the declarations, as at every start
	@$(BIN)/python -m flask --app app.factory:create_app check

prove: $(VENV)/run.stamp  ## prove the rights of every role on every channel, on a database of its own
	@$(BIN)/python -m ops.prove

bench: $(VENV)/dev.stamp var/bench/stamp  ## measure pages beside Django admin, Flask-AppBuilder and raw SQL; SIZE=small for a twentieth
	@SIZE=$(SIZE) $(BIN)/python -m tests.bench.peers

soak: $(VENV)/dev.stamp  ## kill everything in turn while orders and notices flow
	@$(BIN)/python -m pytest -q -n 0 -m soak tests

features: $(VENV)/dev.stamp  ## list the features of the product, and how many tests each has
	@$(BIN)/python tools/features.py

icons: $(VENV)/dev.stamp  ## cut the icon font down to the icons in use
	@$(BIN)/python tools/icons.py

lock: $(VENV)/dev.stamp  ## pin requirements*.in, with hashes, into requirements*.txt
	@for f in requirements requirements-dev requirements-bench; do $(BIN)/uv pip compile -q --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-annotate --custom-compile-command "make lock" $$f.in -o $$f.txt; done

# pip comes last, so an interrupted environment is made again.
$(BIN)/pip:
	@tools/venv.sh $(PYTHON) $(VENV)

$(VENV)/run.stamp: requirements.txt | $(BIN)/pip
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-input --require-hashes -r requirements.txt
	@touch $@

$(VENV)/dev.stamp: requirements-dev.txt $(VENV)/run.stamp
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-input --require-hashes -r requirements-dev.txt
	@touch $@

# The peers of `make bench` live apart: nothing of theirs is in the environment of the product.
var/bench/stamp: requirements-bench.txt | $(VENV)/dev.stamp
	@$(BIN)/uv venv -q --clear --python $(BIN)/python var/bench
	@$(BIN)/uv pip sync -q --python var/bench/bin/python --require-hashes requirements-bench.txt
	@touch $@
