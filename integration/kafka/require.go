package kafka

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/log"
)

// Environment variables that say which Kafka tests use.
const (
	// BrokersVar holds the seed brokers of a Kafka to use instead of a container, separated by commas.
	BrokersVar = "ANABRANCH_KAFKA_BROKERS"
	// RequireVar, set to 1, makes tests fail that otherwise would be skipped for want of a Docker engine.
	RequireVar = "ANABRANCH_REQUIRE_KAFKA"
)

// Shared is one Kafka for all tests of a package. Its zero value is ready; TestMain calls Stop.
type Shared struct {
	once      sync.Once
	container *Container
	brokers   []string
	skip      error // no Docker engine answers
	fail      error
}

// Brokers gives the seed brokers, and starts the container on the first call. The test is skipped where no
// Docker engine answers, unless RequireVar is set.
func (s *Shared) Brokers(t testing.TB) []string {
	t.Helper()
	s.once.Do(s.start)
	switch {
	case s.skip != nil && os.Getenv(RequireVar) != "1":
		t.Skipf("no Docker engine answers: %v; tests on a real Kafka skipped", s.skip)
	case s.skip != nil:
		t.Fatalf("no Docker engine answers: %v; %s=1 asks for tests on a real Kafka", s.skip, RequireVar)
	case s.fail != nil:
		t.Fatal(s.fail)
	}
	return s.brokers
}

// Stop removes the container, if there is one.
func (s *Shared) Stop() {
	if s.container == nil {
		return
	}
	if err := s.container.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}

func (s *Shared) start() {
	if named := os.Getenv(BrokersVar); named != "" {
		s.brokers = strings.Split(named, ",")
		return
	}
	if s.skip = Engine(context.Background()); s.skip != nil {
		return
	}
	if s.container, s.fail = Start(context.Background(), nil); s.fail == nil {
		s.brokers = s.container.Brokers
	}
}

// Engine tells whether a Docker engine answers; nil if it does.
func Engine(ctx context.Context) (err error) {
	log.SetDefault(quiet{})
	defer func() {
		if v := recover(); v != nil { // the library panics where it finds no socket
			err = fmt.Errorf("%v", v)
		}
	}()
	provider, err := testcontainers.ProviderDefault.GetProvider()
	if err != nil {
		return err
	}
	if closer, ok := provider.(io.Closer); ok {
		defer func() { _ = closer.Close() }()
	}
	return provider.Health(ctx)
}

// quiet drops the container library's talk about each step; its errors are returned.
type quiet struct{}

func (quiet) Printf(string, ...any) {}
