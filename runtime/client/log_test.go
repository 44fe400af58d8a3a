package client

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/plugin/kslog"
)

// An outage of an hour is told once a minute for each broker, and with how much was kept back.
func TestOutageIsToldOnceAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var text bytes.Buffer
		w := &warnings{Logger: kslog.New(slog.New(slog.NewTextHandler(&text, nil))), said: map[string]*said{}}
		for range 3600 {
			for range 5 {
				w.Log(kgo.LogLevelWarn, "unable to open connection to broker", "addr", "a:1", "err", "refused")
				w.Log(kgo.LogLevelWarn, "unable to open connection to broker", "addr", "b:2", "err", "refused")
			}
			time.Sleep(time.Second)
		}
		w.Log(kgo.LogLevelError, "something else")
		lines := strings.Split(strings.TrimSpace(text.String()), "\n")
		if len(lines) != 2*60+1 {
			t.Fatalf("%d lines, want one a minute for each broker, and one", len(lines))
		}
		for i, want := range map[int]string{0: "addr=a:1", 1: "addr=b:2", 2: "more_since_the_last=299", 120: "something else"} {
			if !strings.Contains(lines[i], want) {
				t.Errorf("line %d is %q, want %q in it", i, lines[i], want)
			}
		}
		if strings.Contains(lines[0], "more") {
			t.Errorf("the first says %q", lines[0])
		}
	})
}
