package topology

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"

	"github.com/anabranch-go/anabranch/schemas"
	"github.com/anabranch-go/anabranch/topology/diagnostic"
	"github.com/anabranch-go/anabranch/topology/document"
	"github.com/anabranch-go/anabranch/topology/expression"
)

// Options are what a pipeline file is read with, beyond its text. The zero value is what `check` needs.
type Options struct {
	// Env gives the value of a variable for ${VAR} and {fromEnv: VAR}. Nil: the environment of the process.
	Env func(name string) (string, bool)
	// Topics names inner streams that get a topic, <pipeline>.<stream>, as if the file said so.
	Topics []string
	// Secrets tells to read {fromFile} and {fromEnv}. Without it, passwords stay empty and nothing is missed.
	Secrets bool
	// ReadFile gives the text of a schema file by its path. Nil: the file system.
	ReadFile func(path string) ([]byte, error)
	// Schemas stand in for what the file gives as the schema of streams, by stream.
	Schemas map[string]*schemas.Schema
	// Partitioner chooses a partition by a key as Kafka's clients do (murmur2). Nil: a program with a sharder by murmur2 can
	// be looked at, and panics when it is run.
	Partitioner func(key []byte, n int32) int32
}

// Load reads and checks the pipeline file at path. The error is diagnostic.Problems, all mistakes at once, or says why the file
// could not be read. Warnings alone are no error; they are in Pipeline.Warnings.
func Load(path string, o Options) (*Pipeline, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read pipeline: %w", err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, document.BytesMax+1))
	if err != nil {
		return nil, fmt.Errorf("read pipeline: %w", err)
	}
	return Parse(path, text, o)
}

// Parse is Load for a text at hand. The files that the text names are looked for beside name.
func Parse(name string, text []byte, o Options) (*Pipeline, error) {
	root, file, problems := document.Parse(name, text)
	r := &reader{file: file, options: o, problems: problems}
	if root == nil {
		return nil, r.all()
	}
	g := connect(r.read(root))
	g.excuse(file)
	t := r.check(g)
	tests := t.tests()
	if r.problems.Failed() {
		return nil, r.all()
	}
	p := r.compile(g, tests, name)
	p.Revision = revision(text, t)
	if r.problems.Failed() {
		return nil, r.all()
	}
	p.Warnings = r.all()
	return p, nil
}

// check runs every rule, one after the other: none depends on another's verdict but through what is excused.
func (r *reader) check(g *graph) *typer {
	g.reconnect()
	r.checkAskedTopics(g)
	r.checkInner(g)
	r.checkUnknown(g)
	r.checkUnread(g)
	r.checkUnwritten(g)
	r.checkUnused(g)
	r.checkWriters(g)
	r.checkReaders(g)
	r.checkCycles(g)
	r.checkWords(g)
	r.checkTopics(g)
	r.checkOutputs(g)
	r.checkForeign(g)
	t := &typer{reader: r, graph: g, schemas: map[string]loaded{}, environments: map[expression.Env]expression.Env{}}
	t.infer()
	t.checkRest()
	t.checkCases()
	t.checkOrdered()
	r.contracts(g)
	return t
}

// all gives the problems by position.
func (r *reader) all() diagnostic.Problems {
	if r.omitted > 0 {
		r.problems = append(r.problems, r.file.Problem("A0211", fmt.Sprintf("there are %d problems more", r.omitted), fmt.Sprintf("repair the first %d", ProblemsMax)))
	}
	redact(r.problems, r.file.Lines())
	return r.problems.Sort()
}

// revision is a short hash of the file and of its schemas. Lengths go before texts, so that no two sets of texts look alike.
func revision(text []byte, t *typer) string {
	hash := sha256.New()
	fmt.Fprintf(hash, "%d:", len(text))
	hash.Write(text)
	for _, path := range t.paths {
		schema := t.schemas[path].schema.Text
		fmt.Fprintf(hash, "%d:%s", len(schema), schema)
	}
	return hex.EncodeToString(hash.Sum(nil))[:12]
}
