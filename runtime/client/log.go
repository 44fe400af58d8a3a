package client

import (
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/plugin/kslog"
)

// Log makes clients tell log what goes wrong in them, from warnings up: each thing at once, and while it comes again and again,
// once a minute with how often it came meanwhile. Clients that share the option share that minute.
func Log(log *slog.Logger) kgo.Opt {
	return kgo.WithLogger(&warnings{Logger: kslog.New(log), said: map[string]*said{}})
}

// warnings passes warnings and errors on, whatever the level of the logger: the client's informational lines are many. In an
// outage its warnings are many, too: some for each broker, several times a second.
type warnings struct {
	*kslog.Logger
	mu   sync.Mutex
	said map[string]*said // by what was said
}

// said is when something was last said, and how often it was kept back since.
type said struct {
	at   time.Time
	kept int
}

const (
	againAfter = time.Minute
	saidMax    = 1000 // different things that are remembered
)

func (w *warnings) Level() kgo.LogLevel { return min(w.Logger.Level(), kgo.LogLevelWarn) }

// Log says one thing, unless it has just been said.
func (w *warnings) Log(level kgo.LogLevel, msg string, keyvals ...any) {
	kept, now := w.due(what(msg, keyvals))
	if !now {
		return
	}
	if kept > 0 {
		keyvals = append(keyvals[:len(keyvals):len(keyvals)], "more_since_the_last", kept)
	}
	w.Logger.Log(level, msg, keyvals...)
}

// due tells whether to say something now, and how often it was kept back.
func (w *warnings) due(what string) (kept int, now bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.said[what]
	if s == nil {
		if len(w.said) >= saidMax {
			clear(w.said)
		}
		w.said[what] = &said{at: time.Now()}
		return 0, true
	}
	if time.Since(s.at) < againAfter {
		s.kept++
		return 0, false
	}
	kept, s.at, s.kept = s.kept, time.Now(), 0
	return kept, true
}

// what is the thing that is said: the message, and the broker that it is about.
func what(msg string, keyvals []any) string {
	for i := 0; i+1 < len(keyvals); i += 2 {
		if keyvals[i] == "addr" {
			return fmt.Sprint(msg, " ", keyvals[i+1])
		}
	}
	return msg
}
