# Start with `make run` and `make test`. `make help` lists all commands.

PORT ?= 8080
NODES ?= 3
REDIS ?= single
SECONDS ?= 3600
BEFORE ?= HEAD^
# A filter for the suites of the fault tests, one per file.
FAULTS = $(shell ls Tests/IntegrationTests/Faults | sed -n 's/Tests\.swift$$/Tests/p' | paste -sd '|' -)
PYTEST := .venv/bin/python -m pytest

.DEFAULT_GOAL := help
.PHONY: help run cluster test test-faults test-versions test-servers coverage check format reference picture bench bench-instructions gossip-table fuzz soak release clean

help: ## list all commands
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | while IFS="$$(printf '\t')" read -r name text; do \
		printf '  make %-18s  %s\n' "$$name" "$$text"; done

run: ## install what is missing, build, start one node (PORT=8080)
	scripts/setup run
	$(MAKE) release
	@printf '\n  Webchat starts at http://localhost:$(PORT) (Ctrl-C stops it)\n\n'
	@exec env PORT=$(PORT) .build/release/webchat serve

cluster: ## Redis, NODES=3 nodes and nginx on this machine (PORT=8080, REDIS=single|sentinel|cluster)
	scripts/setup cluster
	$(MAKE) release
	@exec scripts/cluster --nodes $(NODES) --redis $(REDIS) $(if $(filter command line environment,$(origin PORT)),--port $(PORT))

test: ## all checks and tests, in one debug build
	scripts/setup test
	scripts/check
	swift build --build-tests
	scripts/reference --check
	@# The simulation uses every core. The rest talks to servers that must answer in time.
	swift test --skip-build --filter '^GossipTests'
	scripts/swifttests
	.build/debug/Fuzz --seconds 45 --seed 1
	node --test frontend/test/*.js
	@# Tests mostly wait for a browser or a server: run two files at a time.
	$(PYTEST) -n 2 --dist loadfile

test-faults: ## the long fault tests and their table (about 1.5 hours)
	scripts/setup test
	swift build --build-tests
	$(MAKE) release
	mkdir -p artifacts
	rm -f artifacts/faults.jsonl
	WEBCHAT_FAULTS=long WEBCHAT_FAULT_REPORT=$(CURDIR)/artifacts/faults.jsonl \
		WEBCHAT_BINARY=$(CURDIR)/.build/release/webchat swift test --skip-build --filter '$(FAULTS)'
	python3 scripts/faulttable.py artifacts/faults.jsonl

test-versions: ## this version with an earlier one in one cluster (BEFORE=HEAD^; builds it in .build-before)
	scripts/setup test
	swift build --product webchat
	[ -d .build-before ] || git clone --quiet --shared --no-checkout . .build-before
	git -C .build-before checkout --quiet --detach $$(git rev-parse '$(BEFORE)^{commit}')
	swift build --package-path .build-before --product webchat
	BEFORE=$(CURDIR)/.build-before $(PYTEST) Tests/EndToEnd/versions.py

test-servers: ## the tests that use Redis, with other servers (SERVERS="PATH PATH"; without TLS: SKIP="RedisTLSTests|SecureRedisTests")
	@[ -n "$(SERVERS)" ] || { echo 'test-servers: set SERVERS="PATH PATH"' >&2; exit 1; }
	scripts/setup test
	swift build --build-tests
	failed=; for server in $(SERVERS); do \
		echo "== $$server"; "$$server" --version; \
		REDIS_SERVER=$$server swift test --skip-build --no-parallel \
			--filter '^(RedisClientTests|ClusterTests|IntegrationTests)\.' $(if $(SKIP),--skip '$(SKIP)') && \
		REDIS_SERVER=$$server $(PYTEST) Tests/EndToEnd/test_compose.py || failed="$$failed $$server"; \
	done; [ -z "$$failed" ] || { echo "test-servers: failed:$$failed" >&2; exit 1; }

coverage: ## line coverage of the Swift tests (builds in .build-coverage)
	scripts/setup test
	swift test --enable-code-coverage --no-parallel --scratch-path .build-coverage
	@scripts/coverage "$$(swift test --show-codecov-path --scratch-path .build-coverage)"

check: ## format, lint and house rules
	scripts/setup test
	scripts/check

format: ## format all code
	scripts/setup test
	swift format --in-place --recursive --parallel Package.swift Sources Tests
	.venv/bin/ruff check --fix --quiet .
	.venv/bin/ruff format --quiet .
	.venv/bin/oxfmt frontend
	.venv/bin/clang-format -i bench/wsload.c bench/peers/limit.c

reference: ## write docs/reference.md from the tables in the program
	swift build --product webchat
	scripts/reference

picture: ## retake the README's screenshot (docs/images/chat.png)
	scripts/setup test
	swift build --product webchat
	$(PYTEST) Tests/EndToEnd/picture.py

bench: ## measure fan-out against a lower bound in C (SMOKE=1: short; PEERS=all)
	scripts/setup bench
	$(MAKE) release
	bench/run

bench-instructions: ## count instructions per delivery, message and handshake; fails if one has grown by 5 %
	scripts/setup bench
	$(MAKE) release
	bench/instructions

gossip-table: ## run the simulations of docs/gossip.md (about half an hour)
	scripts/setup test
	GOSSIP_TABLE=1 swift test --filter GossipTableTests

fuzz: ## fuzz every parser with address sanitizer (SECONDS=3600, SEED=)
	scripts/setup test
	swift build --sanitize address --scratch-path .build-fuzz --product webchat
	swift build --sanitize address --scratch-path .build-fuzz --product Fuzz
	ASAN_OPTIONS=abort_on_error=1:detect_leaks=0 .build-fuzz/debug/Fuzz --seconds $(SECONDS) $(if $(SEED),--seed $(SEED))

soak: ## run a cluster under load with random faults (SECONDS=3600, SEED=)
	scripts/setup cluster
	$(MAKE) release
	scripts/soak --seconds $(SECONDS) $(if $(SEED),--seed $(SEED))

# The same binary as in the image and in CI. It does not check at run time that accesses to a property are exclusive,
# which took a tenth of a message's instructions, most of them in NIO's buffers. Debug builds check, and all tests run in
# them. Apple's linker has no static standard library.
release:
	swift build --configuration release --product webchat -Xswiftc -enforce-exclusivity=unchecked \
		$(if $(filter Linux,$(shell uname)),--static-swift-stdlib)

clean: ## remove builds and logs
	swift package clean
	rm -rf .venv .build-coverage .build-fuzz .build-before run artifacts
