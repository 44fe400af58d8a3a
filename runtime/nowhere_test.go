package runtime

import (
	"fmt"

	"github.com/anabranch-go/anabranch/runtime/transport"
	"github.com/anabranch-go/anabranch/stage"
)

// nowhere is a batch that costs nothing, and a transport that keeps nothing.
type nowhere struct {
	transport.Transport
	metas []stage.Meta
	value []byte
}

func (n *nowhere) Input() int                                { return 0 }
func (n *nowhere) Topic() string                             { return "in" }
func (n *nowhere) Partition() int32                          { return 0 }
func (n *nowhere) Len() int                                  { return len(n.metas) }
func (n *nowhere) Committed() (int64, string)                { return 0, "" }
func (n *nowhere) Forward(int, int32, transport.Batch)       {}
func (n *nowhere) Select(int, transport.Batch, []stage.Pick) {}
func (n *nowhere) Add(int, int32, *stage.Meta, []byte)       {}
func (n *nowhere) Records(f func(int, *stage.Meta, []byte) error) error {
	for i := range n.metas {
		if err := f(i, &n.metas[i], n.value); err != nil {
			return err
		}
	}
	return nil
}

func newNowhere(records int) *nowhere {
	n := &nowhere{value: make([]byte, 200)}
	for i := range records {
		n.metas = append(n.metas, stage.Meta{Key: fmt.Appendf(nil, "%d", i%100), Origin: stage.Origin{Topic: "in", Offset: int64(i)}})
	}
	return n
}
