package runtime

import (
	"log/slog"

	"github.com/anabranch-go/anabranch/runtime/deadletter"
	"github.com/anabranch-go/anabranch/runtime/tally"
	"github.com/anabranch-go/anabranch/runtime/topics"
	"github.com/anabranch-go/anabranch/topology"
)

// newLoop makes the loop of sub, which is not bound to topics yet.
func newLoop(p *topology.Pipeline, sub *topology.Sub, log *slog.Logger) *loop {
	return &loop{
		piece:     piece{sub: sub, quarantine: new(quarantine), shape: tally.Of(sub)},
		tasks:     map[int32]*task{},
		ledger:    newLedger(p.Name, p.Group(sub), sub),
		health:    newHealth(sub.Name),
		pace:      defaultPace,
		tolerance: p.OnError.Tolerance,
		log:       log.With("sub", sub.Name),
		failures:  failures{retry: p.OnError.Retry},
	}
}

// bind tells the loop how wide the topics are. The dead letters' topic is the sink behind those of the program.
func (l *loop) bind(p *topology.Pipeline, layout topics.Layout) {
	l.piece.layout = layout
	if topic := p.OnError.DeadLetter; topic != "" {
		l.piece.dead = &dead{
			sink: len(l.piece.sub.Sinks), partitions: layout[topic],
			letters: deadletter.Letters{Pipeline: p.Name, Revision: p.Revision},
		}
	}
	l.piece.control = len(l.piece.sub.Sinks)
	if l.piece.dead != nil {
		l.piece.control++
	}
}

// leave drops what was not committed, and what belongs to a transport that is gone.
func (l *loop) leave() {
	l.settle(false, 0)
	for _, t := range l.tasks {
		t.drop()
	}
	l.ledger.spread(l.tasks)
	l.health.assign(nil, l.health.status().Tasks)
}
