# `make demo` and `make test` do everything on a machine that has Python 3.11+, Rust and a C compiler.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export VIRTUAL_ENV := $(CURDIR)/$(VENV)
SOURCES := $(shell find crates -name '*.rs' -o -name Cargo.toml) Cargo.toml Cargo.lock pyproject.toml
# Two processes: the machine's cores are shared with the servers that the tests start.
WORKERS ?= 2

# Servers that tests of other versions need; PGSLUICE_TEST_SERVERS=skip leaves these tests out.
MAJORS := 14 15 16 17 18
SERVERS := $(if $(filter skip,$(PGSLUICE_TEST_SERVERS)),,servers)

.PHONY: demo test lint rust-test python-test servers bench docs clean

demo: $(VENV)/.built
	$(BIN)/pgsluice demo

test: lint rust-test python-test

$(VENV)/.made:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip 'maturin>=1.9,<2'
	@touch $@

# Built once, into the environment; the Python files are used where they lie.
$(VENV)/.built: $(VENV)/.made $(SOURCES)
	$(BIN)/maturin develop --quiet --release --extras test
	@touch $@

lint: $(VENV)/.built
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	cargo fmt --check
	cargo clippy --quiet --workspace --all-targets -- -D warnings

rust-test:
	cargo test --quiet --workspace

servers: $(MAJORS:%=.servers/%/.fetched)

.servers/%/.fetched: tests/versions/postgresql-%.txt tests/versions/fetch.py | $(VENV)/.made
	$(BIN)/python tests/versions/fetch.py $*

python-test: $(VENV)/.built $(SERVERS)
	$(BIN)/pytest -n $(WORKERS) --dist loadfile

bench: $(VENV)/.built
	$(BIN)/pip install --quiet 'psycopg[binary]>=3.2' 'sqlalchemy>=2'
	$(BIN)/python -m benches

# The reference pages are made from the code; a test finds them outdated.
docs: $(VENV)/.built
	$(BIN)/python docs/generate.py

clean:
	rm -rf target .servers $(VENV) dist .pytest_cache .mypy_cache .ruff_cache
