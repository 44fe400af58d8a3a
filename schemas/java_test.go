package schemas

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// referee is a running testdata/java/Referee.java.
type referee struct {
	in  io.Writer
	out *bufio.Scanner
}

type ruling struct {
	Compatible bool   `json:"compatible"`
	Why        string `json:"why"`
	Value      []byte `json:"value"`
	Error      string `json:"error"`
}

// startReferee starts Avro's Java library, which Maven fetches. It takes some seconds, so it is done only when it is asked for.
func startReferee(t *testing.T) *referee {
	if os.Getenv("ANABRANCH_JAVA") == "" {
		t.Skip("set ANABRANCH_JAVA=1 to hold schema resolution against Avro's Java library; it needs java 17 or later, mvn, and a registry for mvn to ask")
	}
	classpath := filepath.Join(t.TempDir(), "classpath")
	mvn := exec.Command("mvn", "--quiet", "--batch-mode", "--file", "testdata/java/pom.xml", "dependency:build-classpath", "-Dmdep.outputFile="+classpath)
	if text, err := mvn.CombinedOutput(); err != nil {
		t.Fatalf("fetch the library: %v\n%s", err, text)
	}
	jars, err := os.ReadFile(classpath)
	if err != nil {
		t.Fatal(err)
	}
	java := exec.Command("java", "-Xmx256m", "--class-path", string(jars), "testdata/java/Referee.java")
	java.Stderr = os.Stderr
	in, err := java.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := java.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := java.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		if err := java.Wait(); err != nil {
			t.Errorf("java: %v", err)
		}
	})
	r := &referee{in: in, out: bufio.NewScanner(out)}
	r.out.Buffer(nil, 64<<20)
	return r
}

func (r *referee) ask(t rapid.TB, writer, reader *Schema, value []byte) ruling {
	line, err := json.Marshal(map[string]any{"writer": writer.Text, "reader": reader.Text, "value": value})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.in.Write(append(line, '\n')); err != nil {
		t.Fatal(err)
	}
	var ruled ruling
	if !r.out.Scan() {
		t.Fatalf("java ended: %v", r.out.Err())
	}
	if err := json.Unmarshal(r.out.Bytes(), &ruled); err != nil {
		t.Fatal(err)
	}
	return ruled
}

// Avro's Java library gives the verdicts and the values that we give.
func TestJavaAgrees(t *testing.T) {
	java := startReferee(t)
	rapid.Check(t, func(rt *rapid.T) {
		g := &generator{T: rt, logical: true, blocks: true}
		writer, reader := g.pair(g.pick(2, "breaks") == 0)
		value := g.value([]byte{}, writer.Type, 0)
		ruled := java.ask(rt, writer, reader, value)
		wrong := Compatible(reader, writer)
		if !agree(wrong, ruled) {
			rt.Fatalf("ours %v\nJava %+v\nwriter %s\nreader %s", wrong, ruled, writer.Text, reader.Text)
		}
		resolution, err := Resolve(writer, reader)
		if err != nil {
			return
		}
		made, err := resolution.Append(nil, value)
		if err != nil && resolution.root.strict && strings.Contains(err.Error(), "UTF-8") {
			return // Java puts other characters in place of bytes that are no text
		}
		if err != nil || ruled.Error != "" {
			rt.Fatalf("ours %v\nJava %s\nwriter %s\nreader %s", err, ruled.Error, writer.Text, reader.Text)
		}
		ours, err := DecodeAny(reader.Type, string(made))
		if err != nil {
			rt.Fatal(err)
		}
		theirs, err := DecodeAny(reader.Type, string(ruled.Value))
		if err != nil {
			rt.Fatal(err)
		}
		if fmt.Sprint(ours) != fmt.Sprint(theirs) {
			rt.Fatalf("ours %v\nJava %v\nwriter %s\nreader %s", ours, theirs, writer.Text, reader.Text)
		}
	})
}

// agree tells whether we and Java say the same. Java does not look at the precision and scale of decimals, which the
// specification demands to be equal.
func agree(wrong Incompatibilities, ruled ruling) bool {
	wrong = slices.DeleteFunc(slices.Clone(wrong), func(i Incompatibility) bool { return strings.HasPrefix(i.Reason, "decimal of") })
	return (len(wrong) == 0) == ruled.Compatible
}
