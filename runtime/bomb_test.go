package runtime_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/runtime/deadletter"
	"github.com/anabranch-go/anabranch/runtime/transport"
)

const passFile = `
apiVersion: anabranch/v1
kind: Pipeline
name: pass
kafka: {brokers: ["localhost:9092"]}
streams:
  in: {topic: in, value: {format: bytes}, key: {format: string}, partitions: 1}
  out: {topic: out, partitions: 1}
operators:
  all: {type: filter, from: in, where: 'header("n") == null || header("n") != "no"', to: out}
on_error: {dead_letter: dlq}
`

// A batch that is small on the wire and grows without measure ends the run by name, and what is before it was passed on.
func TestZipBombEndsTheRun(t *testing.T) {
	r := newRiver(t)
	r.create("in", 1)
	r.produce("in", 0, 3, 1)
	const size = 80 << 20
	bomber, err := kgo.NewClient(kgo.SeedBrokers(r.addrs...), kgo.ProducerBatchCompression(kgo.ZstdCompression()),
		kgo.ProducerBatchMaxBytes(2*size), kgo.BrokerMaxWriteBytes(4*size), kgo.MaxBufferedBytes(4*size))
	if err != nil {
		t.Fatal(err)
	}
	defer bomber.Close()
	if err := bomber.ProduceSync(t.Context(), &kgo.Record{Topic: "in", Value: make([]byte, size)}).FirstErr(); err != nil {
		t.Fatal(err)
	}
	r.produce("in", 3, 3, 1)
	p := r.load(passFile)
	err = r.worker(p, "a", true).Run(t.Context())
	if !errors.Is(err, transport.ErrUnreadable) {
		t.Fatal(err)
	}
	if want := "read in[0]: the batch from offset 3 up to 4 has more than 64 MiB when it is decompressed"; !strings.Contains(err.Error(), want) {
		t.Errorf("%q does not say %q", err, want)
	}
	if n := len(r.committed("out")); n != 0 && n != 3 {
		t.Errorf("%d records were committed", n)
	}
}

// A record with very many headers is an event like any other, and a dead letter where no output could take it.
func TestVeryManyHeaders(t *testing.T) {
	for headers, passes := range map[int]int{100_000: 4, 1_000_000: 3} {
		t.Run(strconv.Itoa(headers), func(t *testing.T) {
			r := newRiver(t)
			r.create("in", 1)
			record := &kgo.Record{Topic: "in", Key: []byte("k"), Value: []byte("v"), Headers: make([]kgo.RecordHeader, headers)}
			for i := range record.Headers {
				record.Headers[i].Key = "h"
			}
			record.Headers[headers-1] = kgo.RecordHeader{Key: "n", Value: []byte("yes")}
			large, err := kgo.NewClient(kgo.SeedBrokers(r.addrs...), kgo.ProducerBatchCompression(kgo.ZstdCompression()), kgo.ProducerBatchMaxBytes(16<<20))
			if err != nil {
				t.Fatal(err)
			}
			defer large.Close()
			if err := large.ProduceSync(t.Context(), record).FirstErr(); err != nil {
				t.Fatal(err)
			}
			r.produce("in", 0, 3, 1)
			if err := r.worker(r.load(passFile), "a", true).Run(t.Context()); err != nil {
				t.Fatal(err)
			}
			out, dead := r.committed("out"), r.committed("dlq")
			if len(out) != passes || len(dead) != 4-passes {
				t.Fatalf("%d passed, %d dead letters", len(out), len(dead))
			}
			if len(dead) == 0 && len(out[0].Headers) != headers {
				t.Errorf("%d of %d headers were kept", len(out[0].Headers), headers)
			}
			if len(dead) > 0 && dead[0].Headers[len(dead[0].Headers)-1].Key != deadletter.HeaderPointer {
				t.Errorf("the dead letter is no pointer: %v", dead[0].Headers)
			}
		})
	}
}
