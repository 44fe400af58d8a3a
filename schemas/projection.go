package schemas

import (
	"github.com/anabranch-go/anabranch/stage"
)

// Projection decodes chosen fields of a record into the slots of a stage.Row. It is read-only and safe for concurrent use.
type Projection struct {
	root    *Type
	framing Framing
	ops     []op
	slots   int
	slotOf  map[string]int
}

// opcode is one kind of step through a record.
type opcode uint8

const (
	opSkipInt opcode = iota
	opSkipLong
	opSkipBool
	opSkipString
	opSkipBytes
	opSkipFixed
	opSkipEnum
	opSkip // every other skip of a whole value stands before it
	opBranch
	opJump
	opOptional
	opOpen
	opClose
	opNull
	opBool
	opInt
	opLong
	opFloat
	opDouble
	opString
	opText
	opFixed
	opEnum
	opUnion
	opEncoded
	opConstant // these five are of a Resolution
	opWidened
	opSymbol
	opConverted
	opCheck
)

// op is one step through a record. The steps follow the schema, so that a record is read by running through them once.
type op struct {
	code    opcode
	branch  int8  // of opOptional: the branch that is not null
	slot    int32 // where the step reads, the one it fills
	to      int32 // of opOptional: the slots from slot to here are null where the value is; of opOpen: the record's own slot
	jump    int32 // of opJump: the step to go on with; of opOptional: the same where the value is null
	size    int32 // in bytes
	filled  int32 // how many slots are filled when the step begins
	unit    int64
	jumps   []int32 // of opBranch: by branch, the step to go on with
	symbols []string
	typ     *Type
	match   *match      // of a Resolution: how the value is read
	given   *stage.Slot // of opConstant
	depth   int         // how deep its value stands
	path    string
}

// skips tells whether the step fills nothing.
func (o *op) skips() bool { return o.code <= opJump || o.code == opOptional && o.slot == o.to }

// Slot gives the slot number of a path, -1 where the projection does not have it.
func (p *Projection) Slot(path string) int {
	if slot, ok := p.slotOf[path]; ok {
		return slot
	}
	return -1
}

// Len is the number of slots.
func (p *Projection) Len() int { return p.slots }

// Read decodes the value of one record into row. It never fails: where data ends or breaks, row.Filled and row.Err say so.
// Strings in row are views into data; they die when data is changed. The memory of row.Slots is used again.
//
// A slot is filled exactly where all that stands before it in the record, and its own value, is what the schema says:
// what else is projected makes no difference. What stands behind the last slot is not looked at.
func (p *Projection) Read(data []byte, row *stage.Row) {
	if cap(row.Slots) < p.slots {
		row.Slots = make([]stage.Slot, p.slots)
	}
	row.Slots, row.Filled, row.Err = row.Slots[:p.slots], p.slots, nil
	start, err := p.framing.start(data)
	if err != nil {
		row.Filled, row.Err = 0, err
		return
	}
	if i, pos := swiftly(p.ops, 0, view(data), start, row.Slots); i < len(p.ops) {
		p.resume(i, data, pos, row)
	}
}
