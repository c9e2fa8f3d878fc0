# Two commands to know: `make run` and `make test`. `make help` lists the rest.

PORT ?= 8080
NODES ?= 3
SECONDS ?= 3600
# The suites of the fault tests, as a filter: one a file.
FAULTS = $(shell ls Tests/IntegrationTests/Faults | sed -n 's/Tests\.swift$$/Tests/p' | paste -sd '|' -)
PYTEST := .venv/bin/python -m pytest

.DEFAULT_GOAL := help
.PHONY: help run cluster test test-faults coverage check format picture bench gossip-table soak release clean

help: ## list the commands
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | while IFS="$$(printf '\t')" read -r name text; do \
		printf '  make %-12s  %s\n' "$$name" "$$text"; done

run: ## install what is missing, build, start one node (PORT=8080)
	scripts/setup run
	$(MAKE) release
	@printf '\n  Webchat starts at http://localhost:$(PORT) (Ctrl-C stops it)\n\n'
	@exec env PORT=$(PORT) .build/release/webchat serve

cluster: ## Redis, NODES=3 nodes and nginx on this machine (PORT=8080)
	scripts/setup cluster
	$(MAKE) release
	@exec scripts/cluster --nodes $(NODES) $(if $(filter command line environment,$(origin PORT)),--port $(PORT))

test: ## everything that is tested, in one debug build
	scripts/setup test
	scripts/check
	swift build --build-tests
	@# The simulation takes every core. The rest talks to servers that must answer in time: one test after the other.
	swift test --skip-build --filter '^GossipTests'
	swift test --skip-build --no-parallel --skip '^GossipTests'
	node --test frontend/test/*.js
	$(PYTEST)

test-faults: ## the long fault tests, and their table (about an hour and a half)
	scripts/setup test
	swift build --build-tests
	$(MAKE) release
	mkdir -p artifacts
	rm -f artifacts/faults.jsonl
	WEBCHAT_FAULTS=long WEBCHAT_FAULT_REPORT=$(CURDIR)/artifacts/faults.jsonl \
		WEBCHAT_BINARY=$(CURDIR)/.build/release/webchat swift test --skip-build --filter '$(FAULTS)'
	python3 scripts/faulttable.py artifacts/faults.jsonl

coverage: ## how many lines the Swift tests run (a build of its own, .build-coverage)
	scripts/setup test
	swift test --enable-code-coverage --no-parallel --scratch-path .build-coverage
	@scripts/coverage "$$(swift test --show-codecov-path --scratch-path .build-coverage)"

check: ## format, lint and the house rules
	scripts/setup test
	scripts/check

format: ## put all code into its form
	scripts/setup test
	swift format --in-place --recursive --parallel Package.swift Sources Tests
	.venv/bin/ruff check --fix --quiet .
	.venv/bin/ruff format --quiet .
	.venv/bin/oxfmt frontend
	.venv/bin/clang-format -i bench/wsload.c bench/peers/limit.c

picture: ## take the picture of the README anew (docs/images/chat.png)
	scripts/setup test
	swift build --product webchat
	$(PYTEST) Tests/EndToEnd/picture.py

bench: ## measure fan-out beside a C floor (SMOKE=1: short; PEERS=all)
	scripts/setup bench
	$(MAKE) release
	bench/run

gossip-table: ## simulate what docs/gossip.md measures (about half an hour)
	scripts/setup test
	GOSSIP_TABLE=1 swift test --filter GossipTableTests

soak: ## a cluster under load and random faults, is anything lost (SECONDS=3600, SEED=)
	scripts/setup cluster
	$(MAKE) release
	scripts/soak --seconds $(SECONDS) $(if $(SEED),--seed $(SEED))

release:
	swift build --configuration release --product webchat

clean: ## remove what was built, and logs
	swift package clean
	rm -rf .venv .build-coverage run artifacts
