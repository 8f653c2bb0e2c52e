# `make run` and `make test` are all that a newcomer needs; `make check` is what CI runs.
.DEFAULT_GOAL := help
.PHONY: help run test check fix bench openapi clean

UV := $(or $(shell command -v uv),.tools/uv/bin/uv)
RUN := $(UV) run --locked

help:  ## Show this
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: $(UV)  ## Demo observations, a model, a night, and the API on http://127.0.0.1:8000
	@$(UV) sync --locked --no-default-groups --group local --inexact --compile-bytecode --quiet
	@.venv/bin/stationcast demo

test: .venv/synced  ## All tests
	@$(RUN) python scripts/dynamodb_local.py
	$(RUN) pytest

check: .venv/synced  ## What CI runs: format, lint, types, import rules, template, tests with coverage
	$(RUN) ruff format --check .
	$(RUN) ruff check .
	$(RUN) mypy
	$(RUN) lint-imports
	$(RUN) cfn-lint template.yaml
	@$(RUN) python scripts/dynamodb_local.py
	$(RUN) pytest --cov --cov-report=term

fix: .venv/synced  ## Format, and mend what the linter can
	$(RUN) ruff check --fix .
	$(RUN) ruff format .

bench: .venv/synced  ## The benchmarks, with what they are compared with
	$(RUN) python -m bench.nightly
	$(RUN) python -m bench.lookup

openapi: .venv/synced  ## Rewrite tests/golden/openapi.json from the API
	$(RUN) python -m tests.api.test_openapi

clean:  ## Remove environment, tools and demo data
	rm -rf .venv .tools .stationcast .hypothesis

.venv/synced: uv.lock pyproject.toml | $(UV)
	$(UV) sync --locked
	@touch $@

.tools/uv/bin/uv:
	python3 -m venv .tools/uv
	.tools/uv/bin/pip install --quiet uv
