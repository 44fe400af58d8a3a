package client

import "testing"

// The wanted partitions follow from Kafka's own vectors of murmur2 (UtilsTest.testMurmur2 in its source), with the sign
// bit cleared, modulo n.
func TestPartitionIsKafkas(t *testing.T) {
	for key, hash := range map[string]int32{
		"21": -973932308, "foobar": -790332482, "a-little-bit-long-string": -985981536,
		"a-little-bit-longer-string": -1486304829, "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
	} {
		for _, n := range []int32{1, 7, 12} {
			if got, want := Partition([]byte(key), n), (hash&0x7fffffff)%n; got != want {
				t.Errorf("%q of %d: got %d, want %d", key, n, got, want)
			}
		}
	}
}

func TestPartitionOfNilKeyIsThatOfTheEmptyKey(t *testing.T) {
	if got, want := Partition(nil, 1000), Partition([]byte{}, 1000); got != want {
		t.Errorf("nil goes to %d, the empty key to %d", got, want)
	}
}
