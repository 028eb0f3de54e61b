# `make` alone says what there is.

SHELL := /bin/sh
.SHELLFLAGS := -eu -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

GO ?= go
OUT := reports/out

.PHONY: help
help: ## show this
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -e 's/:.*## /\t/' | expand -t 16

# Where git refuses to work, as in a checkout of another user, the go command
# would not build: the version is left out then.
.PHONY: conformance
conformance: ## replay the test vectors; reports go to reports/out (ARGS="--family F ...")
	@rm -f $(OUT)/conformance.*
	@if git status >/dev/null 2>&1; then vcs=; else vcs=-buildvcs=false; fi; \
	$(GO) build $$vcs -o bin/mlsconform ./cmd/mlsconform
	@bin/mlsconform conformance --out $(OUT) $(ARGS)

# The race detector needs a C compiler, and the headers of its library.
.PHONY: test
test: lint ## linters, all tests, the mutation table, the interop scripts, a minute of fuzzing
	@mkdir -p $(OUT); \
	if [ "$$($(GO) env CGO_ENABLED)" = 1 ] && echo '_Noreturn void abort(void);' | $$($(GO) env CC) -include stdlib.h -fsyntax-only -x c - 2>/dev/null; \
	then race=-race; \
	else race=; echo 'There is no C compiler here: the tests run without the race detector.'; \
	fi; \
	$(GO) tool gotestsum --format pkgname --junitfile $(OUT)/test.xml -- $$race ./...
	@echo 'Which vectors notice when a check is taken out:'
	@$(GO) test -tags mutation -count 1 -v -run 'Notice|Skip' ./impl/rule ./runner/subject/local
	@$(MAKE) interop
	@$(MAKE) fuzz-minute

# The client runs as a server of its own, started and watched as any other
# stack's. Of the largest script, two suites have to do here.
SCRIPTS ?= ../shared/mls-implementations/interop-configs
INTEROP = bin/mlsconform interop --exec 'mlsconform=bin/interop-client -host 127.0.0.1 -port {port}'

.PHONY: interop
interop: bin/interop ## run the interop scripts, our client with itself over gRPC
	@$(INTEROP) --out $(OUT)/interop-own $(ARGS)
	@if [ -d $(SCRIPTS) ]; then \
		$(INTEROP) --out $(OUT)/interop-official $(ARGS) $$(ls $(SCRIPTS)/*.json | grep -v /deep_random.json | sed 's/^/--script /'); \
		$(INTEROP) --out $(OUT)/interop-deep $(ARGS) --script $(SCRIPTS)/deep_random.json --suite 1 --suite 2; \
	else echo 'The official scripts are not in $(SCRIPTS): they were not run.'; \
	fi

.PHONY: interop-full
interop-full: bin/interop ## the same with all suites of the largest script; takes minutes
	@$(INTEROP) --out $(OUT)/interop-own $(ARGS)
	@$(INTEROP) --out $(OUT)/interop-official $(ARGS) --script $(SCRIPTS)

# What needs toolchains besides Go. A peer that cannot be built is reported, and
# the rest runs. Shards are cut by a prime, so that each has some of everything.
PEERS := $(sort $(patsubst %/peer.json,%,$(wildcard peers/*/peer.json)))
MIX ?= 3
OF_PEERS = --builtin $(PEERS:%=--peer %) --script runner/interop/scripts --script $(SCRIPTS) --mix $(MIX) --framing alternate \
	--roles pairwise --roles 'deep_random/*=sample:1' --roles 'large_group/*=sample:1' --roles 'random/*=sample:4' --seed 1

ASKED = --family key-package --family ciphersuite --family decoding

.PHONY: peers
peers: bin/interop ## build other stacks, and list them; needs Rust and Node
	@bin/mlsconform peers $(PEERS)

.PHONY: interop-peers
interop-peers: bin/interop ## every two and three stacks with each other, and each on the vectors (MIX=2: every two)
	@$(call with-peers,$(OUT)/peers,)

.PHONY: peers-check
peers-check: bin/interop ## a sample of the same, in a quarter of an hour
	@$(call with-peers,$(OUT)/peers-check,--shard 1/13)

.PHONY: matrix
matrix: bin/interop ## write docs/matrix.md anew from the last interop-peers
	@bin/mlsconform report matrix $(OUT)/peers/interop.json $(OUT)/peers/*/conformance.json --markdown docs/matrix.md

# All of it runs, whatever fails; the status is that of the first failure.
define with-peers
rm -rf $(1); status=0; failed() { if [ $$status = 0 ]; then status=$$1; fi; }; \
bin/mlsconform interop $(OF_PEERS) $(2) --out $(1) $(ARGS) || failed $$?; \
bin/mlsconform conformance $(ASKED) --out $(1)/builtin >/dev/null || failed $$?; \
for peer in $(PEERS); do \
	bin/mlsconform conformance --subject $$peer --out $(1)/$$(basename $$peer) || failed $$?; \
done; \
bin/mlsconform report matrix $(1)/interop.json $(1)/*/conformance.json --markdown $(1)/matrix.md --html $(1)/matrix.html; \
echo 'The pages are $(1)/matrix.html and $(1)/interop.html.'; exit $$status
endef

.PHONY: bin/interop
bin/interop:
	@if git status >/dev/null 2>&1; then vcs=; else vcs=-buildvcs=false; fi; \
	$(GO) build $$vcs -o bin/ ./cmd/mlsconform ./cmd/interop-client

.PHONY: soak
soak: bin/interop ## kill stores and directories thousands of times, run 75,000 interop cases; takes an hour
	MLSCONFORM_KILLS=10000 $(GO) test -count 1 -timeout 0 -v -run '^TestKill$$' ./impl/store/bolt
	MLSCONFORM_DIRECTORY_KILLS=2000 $(GO) test -count 1 -timeout 1h -v -run '^TestKill$$' ./impl/directory/http
	bin/mlsconform interop $(foreach c,a b c d,--exec '$c=bin/interop-client -host 127.0.0.1 -port {port}') \
		--roles all --suite 1 --framing public --script $(SCRIPTS)/commit.json

# What targets find stays in the cache of the go command; a crasher goes to
# testdata/fuzz beside its target, and is a test from then on.
FUZZTIME ?= 30s
FUZZ = bin/mlsconform fuzz --target '$(value TARGET)' --out $(OUT)/fuzz $(ARGS)

.PHONY: fuzz
fuzz: bin/interop ## run all fuzz targets in turn (TARGET=regexp, FUZZTIME=30s each)
	@$(FUZZ) --each $(FUZZTIME)

.PHONY: fuzz-codec
fuzz-codec: bin/interop ## run the fuzz targets of codecs
	@$(FUZZ) --each $(FUZZTIME) --kind codec

.PHONY: fuzz-minute
fuzz-minute: bin/interop ## run all fuzz targets for a minute in all
	@$(FUZZ) --time 1m

.PHONY: fuzz-differential
fuzz-differential: FUZZTIME = 60s
fuzz-differential: bin/interop ## give the same bytes to mlsconform and to the peers that are built (FUZZTIME=60s)
	@$(FUZZ) --each $(FUZZTIME) --kind differential

.PHONY: fuzz-merge
fuzz-merge: ## take what targets found into their corpora, and make these small (TARGET=regexp)
	@$(GO) run ./fuzz/corpus merge -target '$(value TARGET)'

.PHONY: fuzz-coverage
fuzz-coverage: ## which statements the corpora reach
	@$(GO) run ./fuzz/corpus coverage

.PHONY: fuzz-depth
fuzz-depth: ## compare mutation along the presentation language with plain one (FUZZTIME=30s each)
	@$(GO) run ./fuzz/corpus depth -time $(FUZZTIME)

.PHONY: fuzz-planted
fuzz-planted: ## have the fuzz targets find ten planted bugs, with three seeds (ARGS="-bug regexp")
	@$(GO) test -tags planted -count 1 ./impl/rule ./fuzz/planted
	@$(GO) run ./fuzz/planted $(ARGS)

SPEED = Fuzz(Sender|LeafNode|KeyPackage|Commit|FramedContent|MLSMessage)$$

.PHONY: fuzz-speed
fuzz-speed: ## how much of a fuzzer's speed codec targets leave (TARGET=regexp, FUZZTIME=30s each, twice)
	@$(GO) run ./fuzz/corpus speed -time $(FUZZTIME) -target '$(or $(value TARGET),$(SPEED))'

# As OSS-Fuzz and ClusterFuzzLite build and run them; see fuzz/ossfuzz/README.md.
.PHONY: fuzz-libfuzzer
fuzz-libfuzzer: FUZZTIME = 1m
fuzz-libfuzzer: ## build all fuzz targets for libFuzzer and run each (FUZZTIME=1m); needs clang
	@$(GO) run ./fuzz/libfuzzer build -out $(OUT)/libfuzzer -target '$(value TARGET)'
	@$(GO) run ./fuzz/libfuzzer run -out $(OUT)/libfuzzer -target '$(value TARGET)' -time $(FUZZTIME)

.PHONY: lint
lint: ## formatting, vet and staticcheck only
	@files=$$("$$($(GO) env GOROOT)/bin/gofmt" -l .); \
	if [ -n "$$files" ]; then echo "Not formatted, run gofmt -w on:" $$files; exit 1; fi
	@$(GO) vet ./...
	@$(GO) tool staticcheck ./...

.PHONY: bench
bench: ## benchmarks (BENCH=regexp, COUNT=n)
	@$(GO) test -run '^$$' -bench '$(or $(BENCH),.)' -benchmem -count $(or $(COUNT),1) ./...

.PHONY: vectors
vectors: ## make the project's own test vectors anew
	@$(GO) run ./vectors/gen

.PHONY: generate
generate: ## make all generated files anew
	@$(GO) generate ./...

.PHONY: vuln
vuln: ## look for known vulnerabilities; needs the network
	@if found=$$($(GO) tool govulncheck ./... 2>&1); then echo "$$found"; \
	else echo "$$found"; \
		case $$found in \
		*'fetching vulnerabilities'*) echo 'The database of vulnerabilities is out of reach: nothing was checked.';; \
		*) exit 1;; \
		esac; \
	fi

.PHONY: clean
clean: ## remove what the other targets made
	rm -rf bin $(OUT)
