package sim

import (
	"context"
	"encoding/binary"
	"hash/fnv"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// onlooker is the rack from which the live reader claims to read: faults of requests leave it alone, those of brokers do not.
const onlooker = "onlooker"

// live reads the committed records of the outputs while workers run and faults happen. What it has met must be what the topics
// hold in the end: nobody takes back what a reader was given, or puts anything before it.
type live struct {
	client *kgo.Client
	done   chan struct{}

	mu   sync.Mutex
	seen sights
}

// sights are the records that a reader has met, by partition, in order.
type sights map[place][]sight

type place struct {
	topic     string
	partition int32
}

// sight is one record: where it stood, and a sum of what it was.
type sight struct {
	offset int64
	sum    uint64
}

func (s sights) add(r *kgo.Record) {
	sum := fnv.New64a()
	put := func(b []byte) {
		sum.Write(binary.AppendVarint(nil, int64(len(b))))
		sum.Write(b)
	}
	put(r.Key)
	put(r.Value)
	for _, h := range r.Headers {
		put([]byte(h.Key))
		put(h.Value)
	}
	at := place{r.Topic, r.Partition}
	s[at] = append(s[at], sight{r.Offset, sum.Sum64()})
}

func (s sights) len() (n int) {
	for _, of := range s {
		n += len(of)
	}
	return n
}

// look begins to read.
func look(reach []kgo.Opt, topics ...string) (*live, error) {
	client, err := kgo.NewClient(append(slices.Clone(reach), kgo.Rack(onlooker), kgo.ConsumeTopics(topics...),
		kgo.ConsumeStartOffset(kgo.NewOffset().At(0)), kgo.ConsumeResetOffset(kgo.NoResetOffset()), kgo.FetchIsolationLevel(kgo.ReadCommitted()))...)
	if err != nil {
		return nil, err
	}
	l := &live{client: client, done: make(chan struct{}), seen: sights{}}
	go l.run()
	return l, nil
}

func (l *live) run() {
	defer close(l.done)
	for {
		fetches := l.client.PollFetches(context.Background())
		if fetches.IsClientClosed() {
			return
		}
		l.mu.Lock()
		fetches.EachRecord(l.seen.add)
		l.mu.Unlock()
	}
}

// lookMax is how long the reader may lag behind what is committed once nothing happens any more.
const lookMax = time.Minute

// finish waits until the reader has met as many records as the topics hold, and compares.
func (l *live) finish(w *world, held sights) {
	met := func() int {
		l.mu.Lock()
		defer l.mu.Unlock()
		return l.seen.len()
	}
	for until := time.Now().Add(lookMax); met() < held.len() && time.Now().Before(until); {
		time.Sleep(100 * time.Millisecond)
	}
	l.client.Close()
	<-l.done
	for at, want := range held {
		got := l.seen[at]
		for i := range min(len(got), len(want)) {
			if got[i] != want[i] {
				w.fail("the live reader met another record at %s[%d] offset %d than the topic holds at offset %d", at.topic, at.partition, got[i].offset, want[i].offset)
				break
			}
		}
		if len(got) != len(want) {
			w.fail("the live reader met %d records of %s[%d], which holds %d", len(got), at.topic, at.partition, len(want))
		}
	}
	if n := l.seen.len(); n > held.len() {
		w.fail("the live reader met %d records, and %d are there", n, held.len())
	}
}
