# The commands of a developer; CONTRIBUTING.md says when to use which.

GOLANGCI_LINT = go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

.PHONY: all build test lint race fmt bench image ci

all: build lint test

build:
	go build -trimpath -o bin/anabranch ./cmd/anabranch

# Tests on a real Kafka are skipped where no Docker engine answers.
test:
	go test ./...

lint:
	$(GOLANGCI_LINT) run ./...

# The packages where goroutines meet; the race detector slows the others for nothing.
race:
	go test -race -count=1 ./stage/... ./schemas/... ./runtime/...

fmt:
	gofmt -w .

# Against the hand-written loop, on a Kafka in a container.
bench:
	go run ./integration/bench

image:
	docker build -f deploy/Dockerfile -t anabranch .

ci:
	.ci/run
