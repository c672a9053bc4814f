# Commands of the house. `make test` is the one the README names.
GO ?= go
export GOTOOLCHAIN = local
export CGO_ENABLED ?= 0
FUZZTIME ?= 30s

.PHONY: compare compare-mail build test vet race fuzz check lint bench crash demo docs tools clean

build:
	$(GO) build -trimpath -o bin/socle ./cmd/socle

# Everything that proves the house in minutes. What needs a Debian tool installs it when it may
# (root and apt), and otherwise says loudly what it left out.
test: tools vet
	$(GO) test ./...

vet:
	$(GO) vet ./...
	@test -z "$$(gofmt -l . | tee /dev/stderr)" || { echo "gofmt: files above" >&2; exit 1; }

# The race detector needs a C compiler.
race:
	CGO_ENABLED=1 $(GO) test -race ./...

# Every fuzz target for FUZZTIME each.
fuzz:
	@scripts/fuzz $(FUZZTIME)

# What needs no run of the program: vet, formatting, the module file, the rules of the house.
check: vet
	$(GO) mod tidy -diff
	$(GO) mod verify
	$(GO) test ./internal/house

# staticcheck is not a requirement of the module: it is fetched when asked for.
lint:
	$(GO) run honnef.co/go/tools/cmd/staticcheck@v0.8.2 ./...

bench:
	$(GO) test -run '^$$' -bench . -benchmem ./format/... ./internal/...

# 200 rounds of kill -9 under load; make test runs about 20.
crash:
	SOCLE_CRASH_ROUNDS=200 $(GO) test -run 'TestCrash|TestMailCrash' -timeout 60m -v ./internal/run/...

# The official chain (Saxon, Java) and ours side by side on the same documents: verdicts and CPU.
# RULES is a clone of ansforge/TestContenuCDA-3-0.
compare:
	SOCLE_COMPARE=1 SOCLE_RULES=$(abspath $(RULES)) $(GO) test -run BesideSaxon -count=1 -timeout 20m -v ./format/cda/control

# Socle and Postfix side by side: rates, CPU, synchronisations, bytes on disk, what a kill loses.
compare-mail:
	SOCLE_COMPARE_MAIL=1 $(GO) test -run TestCompareMail -count=1 -timeout 20m -v ./internal/run | grep '|'

# The pages made from the code: conformance matrix, catalogue of refusals, licences.
docs:
	$(GO) test ./internal/house -update

demo:
	$(GO) run ./cmd/socle demo

tools:
	@scripts/tools

clean:
	rm -rf bin
