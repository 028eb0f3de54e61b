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
test: lint ## linters, all tests, the mutation table, and the interop scripts
	@mkdir -p $(OUT); \
	if [ "$$($(GO) env CGO_ENABLED)" = 1 ] && echo '_Noreturn void abort(void);' | $$($(GO) env CC) -include stdlib.h -fsyntax-only -x c - 2>/dev/null; \
	then race=-race; \
	else race=; echo 'There is no C compiler here: the tests run without the race detector.'; \
	fi; \
	$(GO) tool gotestsum --format pkgname --junitfile $(OUT)/test.xml -- $$race ./...
	@echo 'Which vectors notice when a check is taken out:'
	@$(GO) test -tags mutation -count 1 -v -run 'Notice|Skip' ./impl/rule ./runner/subject/local
	@$(MAKE) interop

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
