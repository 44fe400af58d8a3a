# The commands of a developer; CONTRIBUTING.md says when to use which.
.PHONY: all build test lint race fmt bench image ci

all: build lint test

build:
	go build -trimpath -o bin/anabranch ./cmd/anabranch

# Tests on a real Kafka are skipped where no Docker engine answers.
test:
	go test ./...

lint race:
	.ci/run $@

fmt:
	gofmt -w .

# Against the hand-written loop, on a Kafka in a container.
bench:
	go run ./integration/bench

image:
	docker build -f deploy/Dockerfile -t anabranch .

ci:
	.ci/run
