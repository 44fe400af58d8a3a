package sim

import (
	"net"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// link is one connection of a worker, passed on frame by frame.
type link struct {
	wire   *wire
	inner  net.Conn // the worker's
	broker net.Conn
	mu     sync.Mutex
	sent   map[int32]call // by correlation number
	joined time.Time      // since when a JoinGroup is not answered; zero: none
}

func (l *link) close() {
	l.inner.Close()
	l.broker.Close()
}

// up carries requests. A request that has left the worker arrives even if the worker hangs up.
func (l *link) up() {
	defer l.broker.Close()
	for {
		frame, err := readFrame(l.inner)
		if err != nil {
			return
		}
		c, correlation := parseCall(frame)
		l.wire.calls.add(c.key)
		if c.key == kmsg.InitProducerID {
			l.wire.claims(c.transactionalID(frame))
		}
		l.mu.Lock()
		l.sent[correlation] = c
		l.mu.Unlock()
		if l.wire.travel() != nil {
			return
		}
		if c.key == kmsg.JoinGroup {
			l.join(time.Now())
		}
		if _, err := l.broker.Write(frame); err != nil {
			return
		}
	}
}

// down carries replies.
func (l *link) down() {
	defer l.close()
	defer l.join(time.Time{})
	for {
		frame, err := readFrame(l.broker)
		if err != nil {
			return
		}
		correlation := correlationOf(frame)
		l.mu.Lock()
		c, known := l.sent[correlation]
		delete(l.sent, correlation)
		l.mu.Unlock()
		if c.key == kmsg.JoinGroup {
			l.join(time.Time{})
		}
		if known {
			if frame = l.look(c, frame); frame == nil {
				return
			}
		}
		if l.wire.travel() != nil {
			return
		}
		if _, err := l.inner.Write(frame); err != nil {
			return
		}
	}
}

// join notes since when the broker has owed an answer to who wants to join a group; zero: it owes none.
func (l *link) join(since time.Time) {
	waited := l.joining()
	l.mu.Lock()
	l.joined = since
	l.mu.Unlock()
	l.wire.waitedFor(waited)
}

// joining is for how long the broker has owed that answer.
func (l *link) joining() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.joined.IsZero() {
		return 0
	}
	return time.Since(l.joined)
}

// look notes what a reply says of transactions, and tampers with it where that was asked for.
func (l *link) look(c call, frame []byte) []byte {
	if t := l.wire.take(c.key); t != nil {
		changed := t(c, frame)
		l.note(c, frame)
		return changed
	}
	l.note(c, frame)
	return frame
}

func (l *link) note(c call, frame []byte) {
	switch c.key {
	case kmsg.Produce, kmsg.TxnOffsetCommit, kmsg.EndTxn:
		l.wire.txns.reply(c.id, c.decode(frame))
	}
}
