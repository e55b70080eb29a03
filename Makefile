# One line each; everything lives in .venv beside this file.
PYTHON ?= python3
PORT ?= 8080
BIN = .venv/bin

.PHONY: setup demo test check lint types contracts bench faults lock browser papers

setup: .venv/ready                                   ## .venv with pinned versions

.venv/ready: requirements.lock pyproject.toml
	@echo "setting up .venv (once, about a minute) …"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.11"; exit 2; }
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@$(BIN)/python -m compileall -q bot handlers messages workflows    # else each start compiles them, where Python may not write
	@touch $@

demo: setup                                          ## the whole county in a browser, no Telegram account
	@$(BIN)/whistle demo --port $(PORT)

browser:                                             ## Debian's chromium and a Chinese font for the browser test
	@.ci/browser

ALONE = tests/browser tests/faults tests/benchmarks    # these measure time, kill processes or drive a browser

papers:                                              ## LibreOffice and a Chinese font for papers as PDF
	@.ci/papers

test: setup browser papers                          ## all tests: stories on every core, then what must run alone
	@$(BIN)/python -m pytest -n logical --dist worksteal $(ALONE:%=--ignore=%)
	@$(BIN)/python -m pytest $(ALONE)

lint: setup
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: setup
	@$(BIN)/mypy

contracts: setup
	@$(BIN)/lint-imports

check: lint types contracts test                     ## what CI runs

faults: setup                                        ## every moment of a day, a thousand kills, a hundred thousand hostile updates: hours; goes on where it was stopped
	@$(BIN)/python -m tests.faults.shards

bench: setup                                         ## the figures, against their yardsticks
	@$(BIN)/python -m tests.benchmarks.intake
	@$(BIN)/python -m tests.benchmarks.intake --delay 50
	@$(BIN)/python -m tests.benchmarks.latency
	@$(BIN)/python -m tests.benchmarks.press
	@$(BIN)/python -m tests.benchmarks.growth
	@$(BIN)/python -m tests.benchmarks.replicas
	@$(BIN)/python -m tests.benchmarks.window
	@$(BIN)/python -m tests.benchmarks.deadlines
	@$(BIN)/python -m tests.benchmarks.start
	@$(BIN)/python -m tests.benchmarks.courses
	@$(BIN)/python -m tests.benchmarks.scale

lock: setup                                          ## write requirements.lock anew
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --extra dev --extra train --extra bench --generate-hashes --no-header --no-emit-index-url --output-file requirements.lock pyproject.toml
