package eos

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kbin"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/runtime/transport"
)

// rawRecord is a record as it stands in a batch.
func rawRecord(key, value string, headers int) []byte {
	body := kbin.AppendVarint(kbin.AppendVarlong([]byte{0}, 5), 3)
	body = kbin.AppendVarintString(kbin.AppendVarintString(body, key), value)
	body = kbin.AppendVarint(body, int32(headers))
	for range headers {
		body = append(body, 0, 1) // an empty key and a null value
	}
	return append(kbin.AppendVarint(nil, int32(len(body))), body...)
}

func TestWeigh(t *testing.T) {
	plain, long := rawRecord("k", "v", 0), rawRecord("k", strings.Repeat("v", 300), 200)
	lies := rawRecord("k", "v", 0)
	lies = append(lies[:len(lies)-1], 0x7e) // 63 headers in no byte
	for _, c := range []struct {
		name             string
		raw              []byte
		records, headers int64
	}{
		{"nothing", nil, 0, 0},
		{"records", append(append([]byte{}, plain...), plain...), 2, 0},
		{"headers", append(append([]byte{}, long...), plain...), 2, 200},
		{"headers that are not there", lies, 1, 0},
		{"cut short", append(append([]byte{}, plain...), long[:50]...), 1, 0},
		{"no records", []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, 0, 0},
		{"empty records", make([]byte, 10), 10, 0},
	} {
		if got, want := weigh(c.raw), int64(len(c.raw))+c.records*recordWeight+c.headers*headerWeight; got != want {
			t.Errorf("%s: %d, want %d", c.name, got, want)
		}
	}
	batch := []byte{}
	for range 1000 {
		batch = append(batch, plain...)
	}
	if n := testing.AllocsPerRun(10, func() { weigh(batch) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzWeigh(f *testing.F) {
	f.Add(rawRecord("k", "v", 3))
	f.Add([]byte{0, 0, 0})
	f.Fuzz(func(t *testing.T, raw []byte) {
		if w := weigh(raw); w < int64(len(raw)) || w > int64(len(raw))*(1+recordWeight+headerWeight) {
			t.Errorf("%d bytes weigh %d", len(raw), w)
		}
	})
}

// What is fetched and not yet committed never takes more than the budget, and all of it comes in the end.
func TestFetchedRecordsHaveABudget(t *testing.T) {
	r := newRig(t, fake(t).ListenAddrs())
	const size, batches, fit = 1 << 20, 12, 3
	squeeze, err := kgo.NewClient(kgo.SeedBrokers(r.brokers...), kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerBatchCompression(kgo.ZstdCompression()), kgo.ProducerBatchMaxBytes(2*size), kgo.ProducerLinger(0))
	if err != nil {
		t.Fatal(err)
	}
	defer squeeze.Close()
	for n := range batches {
		value := fmt.Sprintf("%d%s", n, strings.Repeat("x", size))
		if err := squeeze.ProduceSync(t.Context(), &kgo.Record{Topic: r.in, Value: []byte(value)}).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	c := r.config()
	c.fetchedMax = fit*size + size/2
	m := r.open(c)
	for passed := 0; passed < batches; {
		open := 0
		for quiet := 0; quiet < 3 || passed+open == 0; quiet++ {
			round, err := m.Poll(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			if round.Outage != nil {
				t.Errorf("memory that is full is told as an outage: %v", round.Outage)
			}
			for _, b := range round.Batches {
				open += b.Len()
			}
		}
		if open > fit {
			t.Fatalf("%d batches are in memory, want at most %d", open, fit)
		}
		committed, err := m.Commit(context.Background())
		if err != nil || !committed {
			t.Fatal(committed, err)
		}
		passed += open
	}
	for runtime.GC(); m.budget.held.Load() > 0; runtime.GC() {
	}
}

// One batch that would take more than all the memory there is ends the run by name, as one does that is too large itself.
func TestBatchBeyondTheBudget(t *testing.T) {
	r := newRig(t, fake(t).ListenAddrs())
	squeeze, err := kgo.NewClient(kgo.SeedBrokers(r.brokers...), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerBatchCompression(kgo.ZstdCompression()))
	if err != nil {
		t.Fatal(err)
	}
	defer squeeze.Close()
	record := &kgo.Record{Topic: r.in, Headers: make([]kgo.RecordHeader, 100_000)}
	if err := squeeze.ProduceSync(t.Context(), record).FirstErr(); err != nil {
		t.Fatal(err)
	}
	c := r.config()
	c.fetchedMax = 1 << 20
	err = r.pollUntil(r.open(c), func(round transport.Round) bool { return len(round.Batches) > 0 })
	if err == nil || !strings.Contains(err.Error(), "its records take more than 1 MiB of memory") {
		t.Error(err)
	}
}
