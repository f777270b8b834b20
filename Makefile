# Two commands: `make run` and `make test`. `make help` lists the rest.
SHELL := /bin/sh
BIN := .venv/bin
SOURCES := portal content_types plugins tests etc benchmarks docs/screens.py setup.py conftest.py
PRESENT = $(wildcard $(SOURCES))

.DEFAULT_GOAL := help
.PHONY: mutants help run test check static format format-check lint types imports rules messages build bench \
        load sizes crash screens docs docs-check setup setup-test clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | sort | \
	    awk -F '\t' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: ## Install what running needs
	@etc/setup.sh run

setup-test: ## Install what running and testing needs
	@etc/setup.sh test

run: setup ## Start the demo site (Ctrl-C stops it)
	@$(BIN)/yitang serve --demo

test: setup-test ## Run every test, two files at a time
	@$(BIN)/python -m pytest -n 2 --dist loadfile $(PYTEST_ARGS); status=$$?; \
	    if [ -n "$$TEST_STATUS_FILE" ]; then echo $$status >"$$TEST_STATUS_FILE"; \
	    else exit $$status; fi

check: static test ## Run every check and every test

static: setup-test format-check lint types imports rules messages docs-check ## Run the checks that need no test run

format: setup-test ## Rewrite the sources in the common format
	@$(BIN)/ruff format $(PRESENT)
	@$(BIN)/ruff check --fix-only -q $(PRESENT)

format-check:
	@$(BIN)/ruff format --check -q $(PRESENT) || { echo "run: make format"; exit 1; }

lint:
	@$(BIN)/ruff check -q $(PRESENT)

types:
	@$(BIN)/mypy

imports:
	@$(BIN)/lint-imports

rules:
	@$(BIN)/python -m pytest -q tests/unit/test_source_rules.py

messages:
	@$(BIN)/python etc/i18n.py check

build: ## Build a site with buildout: bin/yitang and its configuration
	@etc/build.sh

bench: setup-test ## Measure, each number against its floor
	@$(BIN)/python -m benchmarks $(BENCH_ARGS)

load: setup-test ## Measure the stated load: 50 casts/s for 10 minutes (LOAD_ARGS="--minutes 1")
	@$(BIN)/python -W ignore -m benchmarks.stated $(LOAD_ARGS)

sizes: setup-test ## Measure a site of 450,000 bound owners beside a small one (SIZES_ARGS="--owners 40000")
	@$(BIN)/python -W ignore -m benchmarks.sizes $(SIZES_ARGS)

crash: setup-test ## Kill every process again and again while 10,000 ballots are cast
	@$(BIN)/python -m pytest -q tests/crash/test_everything_kill.py $(PYTEST_ARGS)

screens: setup-test ## Make the screenshots of docs/
	@$(BIN)/python docs/screens.py

docs: setup-test ## Write docs/actions from the workflows, docs/compliance.md from the tests, docs/reasons.md
	@$(BIN)/python -W ignore etc/actions.py --write
	@$(BIN)/python etc/compliance.py --write
	@$(BIN)/python etc/reasons.py --write

docs-check: setup-test
	@$(BIN)/python -W ignore etc/actions.py --check
	@$(BIN)/python etc/compliance.py --check
	@$(BIN)/python etc/reasons.py --check

mutants: setup-test ## Change the law's engine one thing at a time; the tests must notice
	@$(BIN)/python etc/mutants.py $(MUTANTS)

clean: ## Remove what the commands built; var/ stays
	rm -rf .venv bin eggs develop-eggs parts .installed.cfg build dist *.egg-info \
	    plugins/*/*.egg-info skins/node_modules .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
