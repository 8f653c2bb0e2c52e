# `make run` and `make test` are all that a newcomer needs; `make check` is what CI runs.
.DEFAULT_GOAL := help
.PHONY: help run test test-fast fuzz check lint web test-web screenshots template bundle deploy upload spark upload-spark fix bench skill openapi clients clean
# Tests start hundreds of processes. Without compiled modules, each would compile all of its imports.
unexport PYTHONDONTWRITEBYTECODE

UV := $(or $(shell command -v uv),.tools/uv/bin/uv)
RUN := $(UV) run --locked
# Installing makes the index of places. uv installs from its cache if the project was built here before.
PLACES := test -f api/reading/places.txt || $(UV) sync --locked --reinstall-package stationcast
# On all cores; a worker that is done takes tests from the other. Each has its own DynamoDB Local.
PYTEST := $(RUN) pytest --numprocesses auto --maxprocesses 8 --dist worksteal
# Each in an environment of its own: what they need does not fit what we need.
SAM := SAM_CLI_TELEMETRY=0 $(UV) tool run --from aws-sam-cli==1.170.0 sam
CHECKOV := $(UV) tool run checkov==3.3.30 --config-file .checkov.yaml
OPENAPI_PYTHON_CLIENT := $(UV) tool run openapi-python-client==0.29.1
PORT ?= 8000
# The generator would repeat a parameter for each entry of a list (explode), whatever the document says.
WITH_COMMAS := ",".join(map(str, v)) if isinstance(v, list) else v
# Where clients are made.
CLIENTS := build/clients
# Of samconfig.toml.
STAGE ?= dev
WEB_SOURCES := $(shell find web/src web/public -type f ! -name openapi.d.ts) $(wildcard web/*.html web/*.ts web/*.json)
# The template with other defaults: what is conditional is there, for linters that look no further.
default = -e '/^  $(1):/,/Default:/ s/Default: .*/Default: "$(2)"/'
WITH_website := $(call default,Website,true)
WITH_variants := $(call default,RealtimeBackend,instances) $(call default,VariantAModel,depth5) \
	$(call default,VariantBModel,depth10) $(call default,EndpointScaling,latency)
WITH_shadow := $(call default,RealtimeBackend,instances) $(call default,VariantAModel,depth5) \
	$(call default,ShadowModel,depth10)
WITH_serverless := $(call default,RealtimeBackend,serverless) $(call default,VariantAModel,depth5)
WITH_lambda := $(call default,RealtimeBackend,lambda) $(call default,VariantAModel,depth5) \
	$(call default,Deployment,canary)
WITH_multi-model := $(call default,RealtimeBackend,multi-model) $(call default,VariantAModel,depth5) \
	$(call default,ModelRoutes,pm25=pm25.tar.gz)
WITH_feeds := $(call default,FetchIem,all) $(call default,FetchOpenAQ,country=DE) \
	$(call default,FetchOpenAQArchive,country=DE)
WITH_training := $(call default,Training,on) \
	$(call default,RealtimeRole,arn:aws:iam::111122223333:role\/deploy)
TEMPLATES := template.yaml $(patsubst %,.tools/templates/%.yaml, \
	website variants shadow serverless lambda multi-model feeds training)
ZIZMOR := $(UV) tool run zizmor==1.32.0 --offline --persona pedantic

help:  ## Show this
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: $(UV)  ## The demo: a model, a night, the API and the website; make run PORT=8080
	@if command -v npm > /dev/null; then $(MAKE) --no-print-directory web > /dev/null; \
	else echo "Node.js is not installed, so the website is not built; the API runs without it."; fi
	@$(UV) sync --locked --no-dev --inexact --compile-bytecode --quiet
	@$(PLACES) --no-dev --inexact --quiet
	@.venv/bin/stationcast demo --port $(PORT)

test: .venv/synced  ## All tests
	@$(RUN) python scripts/runtimes.py
	$(PYTEST)

test-fast: .venv/synced  ## The tests that start no server and train no model
	$(PYTEST) -m "not slow"

fuzz: .venv/synced  ## 100,000 odd requests and lines of files against what must always hold
	$(RUN) python -m tests.fuzz

check: lint template test-web  ## What CI runs: lint, template, website, tests with coverage
	@$(RUN) python scripts/runtimes.py
	$(PYTEST) --cov --cov-report=term

lint: .venv/synced  ## Format, lint, types and import rules
	$(RUN) ruff format --check .
	$(RUN) ruff check .
	$(RUN) mypy
	$(RUN) lint-imports

web: web/dist/index.html  ## Build the website into web/dist; needs Node.js

# In a browser: the site on real runs. `make check` runs them too.
test-web: .venv/synced web  ## The website: format, lint, types, units, and its pages in Chromium
	npm run --prefix web --silent check
	npm run --prefix web --silent browser

screenshots: .venv/synced web  ## Take the pictures of docs/screenshots anew
	SCREENSHOTS=$(CURDIR)/docs/screenshots npm run --prefix web --silent browser
	$(RUN) python scripts/screenshots.py docs/screenshots

template: .venv/synced .tools/asl/node_modules $(TEMPLATES)  ## Its linters, and those of state machine and workflows
	$(RUN) cfn-lint $(TEMPLATES) .github/deploy-roles.yaml
	$(SAM) validate --lint --region eu-central-1
	$(CHECKOV) --file $(TEMPLATES) .github/deploy-roles.yaml
	for machine in nightly training; do \
		.tools/asl/node_modules/.bin/asl-validator --json-path batch_jobs/$$machine.asl.json || exit 1; \
	done
	$(ZIZMOR) .github

bundle: $(UV)  ## Build what the Lambda functions carry, into build/
	$(UV) run --no-project python -m scripts.bundle

deploy: $(UV)  ## Deploy what `make bundle` has built: make deploy STAGE=dev
	$(SAM) deploy --config-env $(STAGE) $(if $(REGION),--region $(REGION)) $(if $(ROLE),--role-arn $(ROLE))

# A page must not be there before what it names; of what it named, old pages may still be open.
upload: web  ## Upload the website: make upload BUCKET=the stack's output WebsiteBucket
	aws s3 sync web/dist/assets s3://$(BUCKET)/assets --cache-control 'public, max-age=31536000, immutable'
	aws s3 sync web/dist s3://$(BUCKET) --delete --exclude 'assets/*' --cache-control no-cache

spark: $(UV)  ## Pack what the Spark job of a training needs, into build/spark/
	$(UV) run --no-project python -m scripts.spark_environment

upload-spark: spark  ## Upload it: make upload-spark BUCKET=the stack's output DataBucket
	aws s3 cp build/spark/environment.tar.gz s3://$(BUCKET)/training/spark/environment.tar.gz
	aws s3 cp build/spark/prepare.py s3://$(BUCKET)/training/spark/prepare.py

fix: .venv/synced  ## Format, and mend what the linter can
	$(RUN) ruff check --fix .
	$(RUN) ruff format .

bench: .venv/synced web  ## The benchmarks, with what they are compared with, into docs/benchmarks.md
	@$(RUN) python scripts/runtimes.py
	$(RUN) python -m bench.all

skill: .venv/synced  ## The tables and plots of docs/skill.md: make skill BEIJING=FOLDER of its observations
	$(RUN) python -m bench.skill $(if $(BEIJING),--beijing $(BEIJING))

openapi: .venv/synced  ## Rewrite tests/golden/openapi.json from the API
	$(RUN) python -m tests.api.test_openapi

clients: $(UV) .tools/clients/node_modules  ## Clients of the API in Python and TypeScript, into build/clients/
	@rm -rf $(CLIENTS)/python $(CLIENTS)/typescript && mkdir -p $(CLIENTS)/typescript
	@cp scripts/clients/typescript.json $(CLIENTS)/typescript/package.json
	$(OPENAPI_PYTHON_CLIENT) generate --path tests/golden/openapi.json --config scripts/clients/python.yaml \
		--meta uv --fail-on-warning --output-path $(CLIENTS)/python
	@find $(CLIENTS)/python/stationcast_client/api -name '*.py' -exec sed -i.bak 's/{k: v for/{k: $(WITH_COMMAS) for/' {} +
	@find $(CLIENTS)/python -name '*.bak' -delete
	CLIENTS=$(CLIENTS) .tools/clients/node_modules/.bin/openapi-ts --file scripts/clients/openapi-ts.config.js --no-log-file --silent
	.tools/clients/node_modules/.bin/tsc --strict --skipLibCheck --declaration --target es2022 --module nodenext \
		--rootDir $(CLIENTS)/typescript/src --outDir $(CLIENTS)/typescript/lib $(CLIENTS)/typescript/src/index.ts

clean:  ## Remove environment, tools and demo data
	rm -rf .venv .tools .stationcast .hypothesis build web/node_modules web/dist web/test-results

web/dist/index.html: web/node_modules/.package-lock.json tests/golden/openapi.json $(WEB_SOURCES)
	npm run --prefix web --silent build

web/node_modules/.package-lock.json: web/package.json web/package-lock.json
	npm ci --prefix web --loglevel error --no-audit --no-fund
	@touch $@

.tools/templates/%.yaml: template.yaml
	@mkdir -p $(@D)
	@sed $(WITH_$*) $< > $@

.tools/asl/node_modules: scripts/asl/package.json scripts/asl/package-lock.json
	@mkdir -p .tools/asl
	@cp $^ .tools/asl
	npm ci --prefix .tools/asl --silent --no-audit --no-fund
	@touch $@

.tools/clients/node_modules: scripts/clients/package.json scripts/clients/package-lock.json
	@mkdir -p .tools/clients
	@cp $^ .tools/clients
	npm ci --prefix .tools/clients --silent --no-audit --no-fund
	@touch $@

.venv/synced: uv.lock pyproject.toml hatch_build.py scripts/places.py | $(UV)
	$(UV) sync --locked --compile-bytecode
	@$(PLACES)
	@touch $@

.tools/uv/bin/uv:
	python3 -m venv .tools/uv
	.tools/uv/bin/pip install --quiet uv
