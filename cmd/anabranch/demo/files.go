package demo

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/anabranch-go/anabranch/pipelines"
	"github.com/anabranch-go/anabranch/runtime/client"
	"github.com/anabranch-go/anabranch/schemas"
	"github.com/anabranch-go/anabranch/topology"
)

// load reads the signup pipeline for a broker at addrs. The files come from the binary, by way of a folder that is
// removed again, since a pipeline names its schema by a path.
func load(addrs []string) (*topology.Pipeline, error) {
	root, err := os.MkdirTemp("", "anabranch-demo-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(root)
	pipeline, err := pipelines.Files.ReadFile("signup.yaml")
	if err != nil {
		return nil, err
	}
	schema, err := schemas.Files.ReadFile("signup.avsc")
	if err != nil {
		return nil, err
	}
	at := filepath.Join(root, "pipelines", "signup.yaml")
	for name, text := range map[string][]byte{at: pipeline, filepath.Join(root, "schemas", "signup.avsc"): schema} {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return nil, err
		}
		if err := os.WriteFile(name, text, 0o644); err != nil {
			return nil, err
		}
	}
	p, err := topology.Load(at, topology.Options{
		Partitioner: client.Partition,
		Env: func(name string) (string, bool) {
			return strings.Join(addrs, ","), name == "KAFKA_BROKERS"
		},
	})
	if err != nil {
		return nil, fmt.Errorf("the pipeline of the demo: %w", err)
	}
	return p, nil
}

// input finds the stream that the events go into.
func input(p *topology.Pipeline) *topology.Stream {
	for _, s := range p.Streams {
		if s.Topic() == inputTopic {
			return s
		}
	}
	panic("the signup pipeline has no stream on topic " + inputTopic)
}
