# Two commands do all the set-up: `make design` and `make test`. Everything is installed in .venv;
# HOME may be empty. Needs make and Python 3.11 or newer (another one: PYTHON=...).

SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CORE := $(VENV)/.installed-core
DEV := $(VENV)/.installed-dev
BENCH_VENV := .venv-bench
BENCH := $(BENCH_VENV)/.installed
OUT ?= out
SEEDS ?= 20
CODE := src tests tools bench

# A request is text, not shell and not make: `$(value ...)` takes it unexpanded, and an exported
# variable reaches the command untouched, so quotes, `$`, backticks and newlines survive.
ifneq ($(origin REQUEST),undefined)
override REQUEST := $(value REQUEST)
export REQUEST
else ifeq ($(origin REQUEST_FILE),undefined)
REQUEST_FILE := examples/first-request.txt
endif
ifneq ($(origin REQUEST_FILE),undefined)
override REQUEST_FILE := $(value REQUEST_FILE)
export REQUEST_FILE
endif

PIP := $(BIN)/python -m pip --quiet --no-input --disable-pip-version-check
LOCKED := install --require-hashes --only-binary=:all: --no-deps
EDITABLE := install --no-deps --no-build-isolation --editable .

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help design test check fix simulate soak bench accuracy lock clean

help:  ## this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1  /p' $(firstword $(MAKEFILE_LIST)) | \
	  awk '{ name = $$2; $$1 = $$2 = ""; printf "  make %-8s%s\n", name, $$0 }'

design: $(CORE)  ## answer REQUEST="..." or REQUEST_FILE=path into out/
	@$(BIN)/frugal design --out '$(OUT)'

test: $(DEV)  ## set up and run every test
	@$(BIN)/python -m pytest

check: $(DEV)  ## format, lint, types, import contracts, docs and tests: the whole truth
	@echo 'format';    $(BIN)/ruff format --quiet --diff $(CODE)
	@echo 'lint';      $(BIN)/ruff check --quiet $(CODE)
	@echo 'types';     $(BIN)/mypy --no-error-summary
	@echo 'contracts'; $(BIN)/lint-imports --no-cache --no-logo >$(VENV)/contracts.log || \
	  { cat $(VENV)/contracts.log; exit 1; }
	@echo 'tests';     $(BIN)/python -m pytest

fix: $(DEV)  ## repair what can be repaired
	@$(BIN)/ruff check --quiet --fix $(CODE) || true
	@$(BIN)/ruff format --quiet $(CODE)

bench: $(DEV) $(BENCH)  ## print how long things take, beside their goals and other libraries
	@$(BIN)/python bench/bench.py
	@$(BIN)/python bench/price_bench.py
	@$(BIN)/python bench/template_bench.py
	@$(BIN)/python bench/import_bench.py
	@$(BIN)/python bench/trial_bench.py
	@$(BENCH_VENV)/bin/python bench/queue_bench.py
	@$(BENCH_VENV)/bin/python bench/payouts/bench.py

simulate: $(CORE)  ## run the real payout core in SEEDS=n simulated worlds of 2,500 payouts
	@$(BIN)/python -m payouts.simulation --seeds '$(SEEDS)' --payouts 2500

soak: $(DEV)  ## what takes longer than make test: a million simulated payouts, 20,000 real ones, every trial
	@$(BIN)/python -m payouts.simulation --seeds 400 --first-seed 1000 --payouts 2500 --quiet
	@$(BIN)/python -m payouts.simulation.explore --depth 3
	@$(BIN)/python bench/payouts/soak --payouts 20000
	@$(BIN)/python bench/trials.py --seeds 3

accuracy: $(DEV)  ## price every published example; writes docs/reference/accuracy.md
	@$(BIN)/python tools/accuracy.py --write

# A lock holds versions and hashes, no addresses: it is right behind any mirror. Needs uv.
lock:  ## recompile requirements/*.lock from pyproject.toml (needs uv)
	@command -v uv >/dev/null || { echo 'make lock needs uv: https://docs.astral.sh/uv/' >&2; exit 2; }
	@for set in core dev; do \
	  extras='--extra setup'; [ $$set = core ] || extras="$$extras --extra dev"; \
	  uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	    --no-emit-index-url --no-emit-find-links $$extras \
	    --output-file requirements/$$set.lock pyproject.toml || exit 1; \
	done
	@uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	  --no-emit-index-url --no-emit-find-links --constraint requirements/dev.lock \
	  --output-file requirements/bench.lock bench/payouts/requirements.in

clean:  ## remove what was built or installed here; out/ stays
	@rm -rf $(VENV) $(BENCH_VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache build dist
	@find src tests tools bench -name __pycache__ -type d -prune -exec rm -rf {} +

# One clear line each for the three ways a machine's Python disappoints.
$(BIN)/python:
	@command -v '$(PYTHON)' >/dev/null || { \
	  echo 'No $(PYTHON) here. Install Python 3.11 or newer, or say where it is: make PYTHON=/path/to/python3' >&2; \
	  exit 2; }
	@'$(PYTHON)' -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "$(PYTHON) is $$('$(PYTHON)' --version 2>&1); Python 3.11 or newer is needed. Another one: make PYTHON=/path/to/python3" >&2; \
	  exit 2; }
	@'$(PYTHON)' -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo '$(PYTHON) cannot make environments: its venv or ensurepip is missing. On Debian and Ubuntu: apt install python3-venv' >&2; \
	  exit 2; }
	@echo 'set-up: $(VENV)' >&2
	@'$(PYTHON)' -m venv --clear $(VENV)

$(CORE): requirements/core.lock pyproject.toml | $(BIN)/python
	@echo 'set-up: packages frugal runs on' >&2
	@$(PIP) $(LOCKED) --requirement requirements/core.lock
	@$(PIP) $(EDITABLE)
	@touch $@

# The dev lock contains the core lock, so one install serves both.
$(DEV): requirements/dev.lock requirements/core.lock pyproject.toml | $(BIN)/python
	@echo 'set-up: packages frugal is tested with' >&2
	@$(PIP) $(LOCKED) --requirement requirements/dev.lock
	@$(PIP) $(EDITABLE)
	@touch $(CORE) $@

# What the runtime is measured against stays out of the environment it is built in.
$(BENCH): requirements/bench.lock | $(BIN)/python
	@echo 'set-up: packages the runtime is measured beside' >&2
	@'$(PYTHON)' -m venv --clear $(BENCH_VENV)
	@$(BENCH_VENV)/bin/python -m pip --quiet --no-input --disable-pip-version-check $(LOCKED) \
	  --requirement requirements/bench.lock
	@touch $@
