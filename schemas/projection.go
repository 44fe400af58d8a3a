package schemas

import "github.com/anabranch-go/anabranch/stage"

// Projection decodes chosen fields of a record into the slots of a stage.Row.
type Projection struct{}

// NewProjection compiles a reader of the fields of s at paths. A path is field names from the root joined by dots, through records
// and optional records; the empty path is the whole value. Slots are numbered in the order in which the fields stand in a record.
func NewProjection(s *Schema, framing Framing, paths []string) (*Projection, error) { return nil, nil }

// Slot gives the slot number of a path, -1 where the projection does not have it.
func (p *Projection) Slot(path string) int { return -1 }

// Len is the number of slots.
func (p *Projection) Len() int { return 0 }

// Read decodes the value of one record into row. It never fails: where data ends or breaks, row.Filled and row.Err say so.
// Strings in row are views into data.
func (p *Projection) Read(data []byte, row *stage.Row) {}
