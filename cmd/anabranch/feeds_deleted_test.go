package main

import (
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/runtime"
	"github.com/anabranch-go/anabranch/runtime/embedded"
	"github.com/anabranch-go/anabranch/runtime/feed"
	"github.com/anabranch-go/anabranch/topology"
)

// A cluster that deletes what was fed is noticed after the feed, and again after a run that has read less.
func TestDeletedFeedsAreTold(t *testing.T) {
	broker, err := embedded.Start()
	if err != nil {
		t.Fatal(err)
	}
	defer broker.Close()
	p, err := topology.Parse("p.yaml", []byte(`
apiVersion: anabranch/v1
kind: Pipeline
name: p
streams: {in: {topic: in, value: {format: string}, partitions: 1}, out: {topic: out}}
operators: {keep: {type: filter, from: in, where: 'true', to: out}}
`), topology.Options{})
	if err != nil {
		t.Fatal(err)
	}
	p.Kafka = topology.Kafka{Brokers: broker.Addrs()}
	if err := prepare(t.Context(), p, true); err != nil {
		t.Fatal(err)
	}
	all, err := openFeeds(p, []binding{{stream: "in", file: standardInput}}, runFlags{})
	if err != nil {
		t.Fatal(err)
	}
	lines, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	write := func(values ...string) {
		for _, v := range values {
			fmt.Fprintf(in, "%q\n", v)
		}
	}
	all[0].file = lines
	defer all.close()
	cl, err := kgo.NewClient(append(feed.Options(), kgo.SeedBrokers(broker.Addrs()...))...)
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	feeding := all.start(t.Context(), p)
	write("a", "b", "c")
	deleteFirst(t, kadm.NewClient(cl), 3)
	write("d", "e")
	in.Close()
	if err := feeding.wait(); err != nil {
		t.Errorf("the rest is not run: %v", err)
	}
	if err := feeding.stop(); !errors.Is(err, errDeletedRecords) || exitCode(err) != exitData {
		t.Errorf("after the feed: %v", err)
	}
	for records, told := range map[uint64]bool{2: true, 5: false} {
		r := runtime.Report{Subs: []runtime.SubReport{{Name: "in", Records: records}}}
		if err := all.deletedUnread(t.Context(), p, r); errors.Is(err, errDeletedRecords) != told {
			t.Errorf("%d of 5 records were read: %v", records, err)
		}
	}
}

// deleteFirst deletes the first n records of the topic in, once they are there.
func deleteFirst(t *testing.T, admin *kadm.Client, n int64) {
	t.Helper()
	for {
		ends, err := admin.ListEndOffsets(t.Context(), "in")
		if err != nil {
			t.Fatal(err)
		}
		if end, _ := ends.Lookup("in", 0); end.Offset >= n {
			break
		}
	}
	var before kadm.Offsets
	before.Add(kadm.Offset{Topic: "in", At: n})
	if _, err := admin.DeleteRecords(t.Context(), before); err != nil {
		t.Fatal(err)
	}
}
