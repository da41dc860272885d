# Everything goes into .venv, node_modules, portal/web/{static/govuk,brand} and var, all below this folder, none committed.
# Paths are relative throughout, so that the folder may have spaces in its name.
PYTHON ?= python3
VENV := .venv
PIP := $(VENV)/bin/python -m pip --disable-pip-version-check --quiet
STATIC := portal/web/static/govuk/.stamp

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup setup-test run demo test lint bench soak catalogue sbom

help:
	@echo "make run    serve a demonstration on http://localhost:8000 (keeps its data in var/)"
	@echo "make demo   walk through the whole life of one inspection, start to end"
	@echo "make test   run the tests"
	@echo "make lint   check style, types and import contracts"
	@echo "make bench  measure speed and memory against bounds taken in the same run"
	@echo "make soak   run the long fault and load tests"
	@echo "make catalogue  gather every text into var/portal.pot"
	@echo "make sbom   write the software bill of materials into var/sbom.cdx.json"

run: setup
	@exec $(VENV)/bin/portal dev run

demo: setup-test
	@exec $(VENV)/bin/python -m tests.e2e.demo

test: setup-test
	$(VENV)/bin/python -m pytest -q -n 3 --dist loadfile --no-loadscope-reorder -m "not soak"

lint: setup-test
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

bench: setup-test
	$(VENV)/bin/python -m tests.bench

soak: setup-test
	$(VENV)/bin/python -m pytest -q -m soak

catalogue: setup-test
	$(VENV)/bin/python infra/catalogue.py

sbom: | $(VENV)/bin/python
	$(VENV)/bin/python infra/sbom.py

setup: $(VENV)/.project $(STATIC)
setup-test: $(VENV)/.test $(STATIC)

$(VENV)/bin/python:
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "The portal needs Python 3.11 or newer. Install it, or name it: make run PYTHON=python3.11" >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "Python has no venv module here. Install it and try again, on Debian with: apt-get install python3-venv" >&2; exit 1; }
	@echo "Making a virtual environment in $(VENV)"
	@"$(PYTHON)" -m venv --clear $(VENV)

$(VENV)/.run: requirements/run.txt | $(VENV)/bin/python
	@echo "Installing what the portal needs to run"
	@$(PIP) install --require-hashes -r requirements/run.txt
	@touch $@

$(STATIC): package-lock.json infra/build_assets.py | $(VENV)/bin/python
	@echo "Fetching the design system"
	@$(VENV)/bin/python infra/build_assets.py

$(VENV)/.project: pyproject.toml hatch_build.py $(VENV)/.run | $(STATIC)
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.test: requirements/test.txt $(VENV)/.project
	@echo "Installing what the tests need"
	@$(PIP) install --require-hashes -r requirements/test.txt
	@touch $@
