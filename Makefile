# make install      install what the app and the command line need
# make app          the same, then start the app on port 8501
# make verify       install the optional extra that relaxes and labels crystals (CHGNet)
# make test         install what tests need and run them (all but the slow ones)
# make lint         style, types and layers
# make screenshots  pictures of the pages into docs/screenshots
# make bench        time Gridscope beside its peers, write docs/benchmarks.md

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
PORT ?= 8501
# Only this machine may connect. `make app ADDRESS=0.0.0.0` lets others in: they see all workspaces.
ADDRESS ?= localhost
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3.14 python3; do \
	$$p -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)

VENV := .venv
BIN := $(VENV)/bin
# Stamps live inside .venv, so that removing it forgets them too.
APP_READY := $(VENV)/.app-ready
DEV_READY := $(VENV)/.dev-ready
# An optional extra: `make test` runs its tests where it is installed and skips them where not.
VERIFY_READY := $(VENV)/.verify-ready
WARM := $(VENV)/.warm
CHROMIUM := $(VENV)/.chromium-ready
POSTGRES := $(VENV)/.postgres-ready
LINKED := $(VENV)/.linked
# pip's warnings about unused index locations drown its errors.
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq

.PHONY: help install app verify test test-slow lint format bench clean

help:
	@sed -n 's/^# //p' Makefile | sed -n '1,7p'

$(BIN)/python:
	@if [ -z "$(PYTHON)" ]; then \
		echo "Gridscope needs Python 3.11 or newer with the venv module; none was found." >&2; \
		echo "Install it (Debian: apt install python3 python3-venv) or name one: make PYTHON=/path/to/python3.11 ..." >&2; \
		exit 1; fi
	@echo "Creating $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV)

# Scripts that the app hands out import `core` from wherever they lie.
$(LINKED): | $(BIN)/python
	@$(BIN)/python -c 'import pathlib, sys, sysconfig; \
		pathlib.Path(sysconfig.get_path("purelib"), "gridscope.pth").write_text(sys.argv[1] + "\n")' \
		"$(CURDIR)"
	@touch $@

$(APP_READY): requirements.txt | $(BIN)/python $(LINKED)
	@echo "Installing what the app needs (minutes, the first time)"
	@$(PIP) install -r requirements.txt
	@touch $@

$(DEV_READY): requirements-dev.txt requirements.txt | $(BIN)/python $(LINKED)
	@echo "Installing what the tests need (minutes, the first time)"
	@$(PIP) install -r requirements-dev.txt
	@touch $@ $(APP_READY)

$(VERIFY_READY): requirements-verify.txt | $(APP_READY)
	@echo "Installing the potential that verifies predictions"
	@$(PIP) install -r requirements-verify.txt
	@touch $@

verify: $(VERIFY_READY)

# Browser tests drive Debian's chromium; elsewhere install a chromium of your own beforehand.
$(CHROMIUM): | $(BIN)/python
	@command -v chromium >/dev/null || { echo "Installing chromium for the browser tests"; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; } \
		|| { echo "The browser tests need chromium on the PATH: install it and try again." >&2; exit 1; }
	@touch $@

# The store's tests start a PostgreSQL of their own from Debian's package, which keeps its programs
# out of the PATH; elsewhere have initdb on the PATH beforehand.
$(POSTGRES): | $(BIN)/python
	@command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 \
		|| { echo "Installing PostgreSQL for the store's tests"; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
			postgresql >/dev/null; } \
		|| { echo "The store's tests need PostgreSQL: install it and try again." >&2; exit 1; }
	@touch $@

# Compiled kernels are cached on disk; compile again when one of them changes.
$(WARM): $(APP_READY) $(shell find core -name '*.py')
	@echo "Compiling the kernels (once)"
	@$(BIN)/python -m core warmup
	@touch $@

install: $(WARM)

app: $(WARM)
	@$(BIN)/python -m streamlit run app.py --server.port $(PORT) --server.address $(ADDRESS) \
		--server.showEmailPrompt false --browser.serverAddress localhost --browser.gatherUsageStats false

test: $(DEV_READY) $(CHROMIUM) $(POSTGRES)
	$(BIN)/python -m pytest -m "not slow"

test-slow: $(DEV_READY) $(CHROMIUM) $(POSTGRES)
	$(BIN)/python -m pytest -m slow --junitxml=benchmarks/results/slow.xml

lint: $(DEV_READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: $(DEV_READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

screenshots: $(DEV_READY) $(CHROMIUM)
	$(BIN)/python -m docs.take_screenshots

bench: $(DEV_READY) $(CHROMIUM) $(POSTGRES)
	$(BIN)/python -m benchmarks --write docs/benchmarks.md

clean:
	rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis benchmarks/results
