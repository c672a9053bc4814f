# Commands of the house. `make test` is the one the README names.
GO ?= go
export GOTOOLCHAIN = local
export CGO_ENABLED ?= 0
FUZZTIME ?= 30s

.PHONY: build test race fuzz check bench crash demo docs tools clean

build:
	$(GO) build -trimpath -o bin/socle ./cmd/socle

# Everything that proves the house in minutes. What needs a Debian tool installs it when it may
# (root and apt), and otherwise says loudly what it left out.
test: tools
	$(GO) vet ./...
	@test -z "$$(gofmt -l . | tee /dev/stderr)" || { echo "gofmt: files above" >&2; exit 1; }
	$(GO) test ./...

# The race detector needs a C compiler.
race:
	CGO_ENABLED=1 $(GO) test -race ./...

# Every fuzz target for FUZZTIME each.
fuzz:
	@scripts/fuzz $(FUZZTIME)

check:
	$(GO) vet ./...
	$(GO) mod tidy -diff
	$(GO) mod verify
	$(GO) test ./internal/house

bench:
	$(GO) test -run '^$$' -bench . -benchmem ./format/... ./internal/...

# 200 rounds of kill -9 under load; make test runs about 20.
crash:
	SOCLE_CRASH_ROUNDS=200 $(GO) test -run TestCrash -timeout 60m -v ./internal/run/...

docs:
	$(GO) test ./internal/house -run "TestConformanceMatrix|TestRefusalCatalogue" -update

demo:
	$(GO) run ./cmd/socle demo

tools:
	@scripts/tools

clean:
	rm -rf bin
