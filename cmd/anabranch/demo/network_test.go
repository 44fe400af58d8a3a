package demo

import (
	"encoding/binary"
	"errors"
	"net"
	"testing"

	"pgregory.net/rapid"
)

// frame is a Kafka request with an API key and n bytes after it.
func frame(key uint16, n int) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(n+2))
	b = binary.BigEndian.AppendUint16(b, key)
	return append(b, make([]byte, n)...)
}

// Law: however the bytes of a stream are cut, as many cuts see a Produce request as hold the end of one's head.
func TestProduceRequestsAreSeen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var stream []byte
		var heads []int // where each Produce request is known to be one
		for _, key := range rapid.SliceOfN(rapid.Uint16Range(0, 3), 0, 8).Draw(t, "keys") {
			if key == produceKey {
				heads = append(heads, len(stream)+5)
			}
			stream = append(stream, frame(key, rapid.IntRange(0, 20).Draw(t, "length"))...)
		}
		var r requests
		for at := 0; at < len(stream); {
			n := rapid.IntRange(1, len(stream)-at).Draw(t, "cut")
			want := false
			for _, h := range heads {
				want = want || at <= h && h < at+n
			}
			if got := r.see(stream[at : at+n]); got != want {
				t.Fatalf("bytes %d to %d: got %v, want %v", at, at+n, got, want)
			}
			at += n
		}
	})
}

func TestCutComesWithTheAnswerToAProduceRequest(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() { // answers each read with a byte
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				for buf := make([]byte, 64); ; {
					if _, err := c.Read(buf); err != nil {
						return
					}
					if _, err := c.Write([]byte{1}); err != nil {
						return
					}
				}
			}()
		}
	}()
	var n network
	dial := func() net.Conn {
		t.Helper()
		c, err := n.Dial(t.Context(), "tcp", listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	producer, other := dial(), dial()
	answer := make([]byte, 1)
	exchange := func(c net.Conn, key uint16) error {
		if _, err := c.Write(frame(key, 4)); err != nil {
			return err
		}
		_, err := c.Read(answer)
		return err
	}
	if err := exchange(producer, produceKey); err != nil {
		t.Fatalf("before a cut was asked for: %v", err)
	}
	cut := n.CutInTransaction()
	if err := exchange(other, 1); err != nil {
		t.Fatalf("a request that is no Produce: %v", err)
	}
	select {
	case <-cut:
		t.Fatal("cut too early")
	default:
	}
	if err := exchange(producer, produceKey); !errors.Is(err, errCut) {
		t.Fatalf("got %v; the answer must not arrive", err)
	}
	<-cut
	if err := exchange(other, 1); err == nil {
		t.Error("the other connection still works")
	}
	if _, err := n.Dial(t.Context(), "tcp", listener.Addr().String()); !errors.Is(err, errCut) {
		t.Errorf("a new connection: got %v", err)
	}
}
