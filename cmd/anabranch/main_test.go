package main

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/anabranch-go/anabranch/runtime/embedded"
)

var update = flag.Bool("update", false, "write the output that commands really have into the scripts")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"anabranch": main})
}

// TestScripts runs the command line as a user would, on the embedded broker.
func TestScripts(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("PIPELINES", filepath.Join(root, "pipelines"))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":  exits,
			"crlf":   crlf,
			"header": header,
			"broker": broker,
		},
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}

// exits runs a command and wants an exit code: exits CODE COMMAND...
func exits(ts *testscript.TestScript, _ bool, args []string) {
	want := args[0]
	err := ts.Exec(args[1], args[2:]...)
	got := "0"
	if err != nil {
		got = err.Error()[len("exit status "):]
	}
	if got != want {
		ts.Fatalf("exits with %s; want %s", got, want)
	}
}

// broker starts a broker that lives as long as the script, and names it in KAFKA_BROKERS: broker
func broker(ts *testscript.TestScript, _ bool, _ []string) {
	b, err := embedded.Start()
	ts.Check(err)
	ts.Defer(b.Close)
	ts.Setenv("KAFKA_BROKERS", strings.Join(b.Addrs(), ","))
}

// crlf writes a file again with the line breaks of Windows and none at its end: crlf FROM TO
func crlf(ts *testscript.TestScript, _ bool, args []string) {
	var text []byte
	for _, b := range []byte(ts.ReadFile(args[0])) {
		if b == '\n' {
			text = append(text, '\r')
		}
		text = append(text, b)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), text[:len(text)-2], 0o644))
}

// header runs the command in the comment at the top of a pipeline file: header FILE
func header(ts *testscript.TestScript, _ bool, args []string) {
	text, _, _ := strings.Cut(ts.ReadFile(args[0]), "apiVersion:")
	words := strings.Fields(strings.NewReplacer("#", " ", "\\", " ").Replace(text))
	for i, word := range words {
		if word == "./cmd/anabranch" {
			ts.Check(ts.Exec("anabranch", words[i+1:]...))
			return
		}
	}
	ts.Fatalf("%s has no command at its top", args[0])
}
