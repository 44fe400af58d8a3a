package feed

import (
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

func TestDeletedRecordsAreCounted(t *testing.T) {
	f, _ := feeder(t, 2, nil)
	admin := kadm.NewClient(f.Client)
	foreign := func() {
		t.Helper()
		for range 4 {
			if err := f.Client.ProduceSync(t.Context(), &kgo.Record{Topic: topic}).FirstErr(); err != nil {
				t.Fatal(err)
			}
		}
	}
	feed := func(n int) {
		t.Helper()
		if _, err := f.Run(t.Context(), strings.NewReader(strings.Repeat("x\n", n))); err != nil {
			t.Fatal(err)
		}
	}
	foreign()
	feed(10) // offsets 2 to 6 of both
	foreign()
	feed(4) // offsets 9 and 10
	for _, c := range []struct {
		start int64
		gone  int
	}{{0, 0}, {2, 0}, {3, 1}, {7, 5}, {8, 5}, {10, 6}, {11, 7}} {
		if c.start > 0 {
			deleteBefore(t, admin, 1, c.start)
		}
		if got, err := f.Deleted(t.Context(), admin); err != nil || got != c.gone {
			t.Errorf("start %d: %d records are gone, want %d; %v", c.start, got, c.gone, err)
		}
	}
	deleteBefore(t, admin, 0, 11)
	if got, err := f.Deleted(t.Context(), admin); err != nil || got != 14 {
		t.Errorf("%d records of both partitions are gone, want 14; %v", got, err)
	}
}

func deleteBefore(t *testing.T, admin *kadm.Client, partition int32, offset int64) {
	t.Helper()
	var before kadm.Offsets
	before.Add(kadm.Offset{Topic: topic, Partition: partition, At: offset})
	done, err := admin.DeleteRecords(t.Context(), before)
	if err == nil {
		err = done.Error()
	}
	if err != nil {
		t.Fatal(err)
	}
}
