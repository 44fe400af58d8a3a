package plan

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
)

// Saved tells whether text is a saved plan and not a pipeline file.
func Saved(text []byte) bool {
	var head struct {
		Format *int `json:"anabranch_plan"`
	}
	return bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) && json.Unmarshal(text, &head) == nil && head.Format != nil
}

// ReadSaved reads a saved plan.
func ReadSaved(text []byte) (*Plan, error) {
	p := &Plan{}
	if err := json.Unmarshal(text, p); err != nil {
		return nil, fmt.Errorf("read the saved plan: %w", err)
	}
	if p.Format != format {
		return nil, fmt.Errorf("the saved plan is of format %d; this version reads %d", p.Format, format)
	}
	return p, nil
}

// Text is what ReadSaved reads.
func (p *Plan) Text() ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	err := encoder.Encode(p)
	return text.Bytes(), err
}

// Holds tells whether a saved plan says what the file and the cluster call for now: the error is ErrStale.
func (p *Plan) Holds(now *Plan) error {
	switch {
	case p.Pipeline != now.Pipeline || p.Revision != now.Revision:
		return fmt.Errorf("%w: %s or a schema of it has changed since: revision %s, now %s", ErrStale, p.File, p.Revision, now.Revision)
	case p.State != now.State:
		return fmt.Errorf("%w: the cluster has moved on since; make a new plan", ErrStale)
	}
	a, err1 := json.Marshal(p.Changes)
	b, err2 := json.Marshal(now.Changes)
	if err1 != nil || err2 != nil || !reflect.DeepEqual(a, b) || p.AllowDelete != now.AllowDelete {
		return fmt.Errorf("%w: it says something else than this version makes of the same file and cluster; make a new plan", ErrStale)
	}
	return nil
}
