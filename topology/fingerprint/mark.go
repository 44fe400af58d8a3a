package fingerprint

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
)

// Mark is what stands beside a committed position: a hash of the whole Sub, and one of each fact that binds whoever goes
// on from there. A fact says what something is: the schema of a topic, what shards it.
//
// As text it is the base64 of a version, the hash, and for each fact its kind, and hashes of what it is about and of what it
// says. Where there are too many, one hash stands for all facts.
type Mark struct {
	print [printBytes]byte
	facts []fact
}

// MarkBytesMax is how long the text of a Mark may be.
const MarkBytesMax = 256

const (
	markVersion = 1
	printBytes  = 6
	nameBytes   = 3 // of the hash of what a fact is about
	saysBytes   = 3 // of the hash of what it says
	factBytes   = 1 + nameBytes + saysBytes
	factsMax    = (MarkBytesMax*3/4 - 1 - printBytes) / factBytes
)

// kind is what a fact says.
type kind byte

const (
	reads  kind = 'r' // a topic is read
	schema kind = 's' // a topic is read with a schema
	writes kind = 'w' // a topic is written; it says how its partition is chosen
	inner  kind = 'i' // a topic that is written is read by another sub-topology of the pipeline
	order  kind = 'o' // an operator holds events to put them in order; it says by what
	many   kind = '*' // stands for all facts, where they are too many
)

type (
	name [nameBytes]byte
	says [saysBytes]byte
)

type fact struct {
	kind kind
	of   name
	says says
}

// nameOf is the hash of a topic's name.
func nameOf(topic string) (n name) {
	sum := sha256.Sum256([]byte(topic))
	copy(n[:], sum[:])
	return n
}

func factOf(k kind, topic, text string) fact {
	f := fact{kind: k, of: nameOf(topic)}
	sum := sha256.Sum256([]byte(text))
	copy(f.says[:], sum[:])
	return f
}

// Mark is the mark of s.
func (s *Sub) Mark() Mark {
	m := s.whole()
	if len(m.facts) > factsMax {
		m.facts = []fact{factOf(many, "", string(appendFacts(nil, m.facts)))}
	}
	return m
}

// whole is the mark with all facts, however many they are.
func (s *Sub) whole() Mark {
	m := Mark{print: s.sum()}
	for _, r := range s.Reads {
		m.facts = append(m.facts, factOf(reads, r.Topic, ""))
		if r.Schema != "" {
			m.facts = append(m.facts, factOf(schema, r.Topic, r.Schema))
		}
	}
	for _, w := range s.Writes {
		m.facts = append(m.facts, factOf(writes, w.Topic, w.By))
		if w.Inner {
			m.facts = append(m.facts, factOf(inner, w.Topic, ""))
		}
	}
	for _, op := range s.Operators {
		for _, setting := range op.Settings {
			if setting.Name == "order_by" {
				m.facts = append(m.facts, factOf(order, op.Name, setting.Value))
			}
		}
	}
	return m
}

// Print is that of the Sub.
func (m Mark) Print() string { return fmt.Sprintf("%x", m.print) }

func appendFacts(dst []byte, facts []fact) []byte {
	for _, f := range facts {
		dst = append(dst, byte(f.kind))
		dst = append(dst, f.of[:]...)
		dst = append(dst, f.says[:]...)
	}
	return dst
}

// Writes tells whether whoever left m wrote a topic. It is false where one hash stands for all facts.
func (m Mark) Writes(topic string) bool {
	of := nameOf(topic)
	return slices.ContainsFunc(m.facts, func(f fact) bool { return f.kind == writes && f.of == of })
}

// String is the text that ParseMark reads. It has no white space.
func (m Mark) String() string {
	text := append([]byte{markVersion}, m.print[:]...)
	return base64.RawURLEncoding.EncodeToString(appendFacts(text, m.facts))
}

// ErrMark is the error for a text that is not the mark of this version.
var ErrMark = errors.New("not a fingerprint that this version knows")

// ParseMark reads the text of a Mark.
func ParseMark(text string) (Mark, error) {
	var m Mark
	if len(text) > MarkBytesMax {
		return m, fmt.Errorf("%w: %d bytes", ErrMark, len(text))
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(b) < 1+printBytes || b[0] != markVersion || (len(b)-1-printBytes)%factBytes != 0 {
		return m, fmt.Errorf("%w: %q", ErrMark, text)
	}
	copy(m.print[:], b[1:])
	for b = b[1+printBytes:]; len(b) > 0; b = b[factBytes:] {
		f := fact{kind: kind(b[0])}
		copy(f.of[:], b[1:])
		copy(f.says[:], b[1+nameBytes:])
		m.facts = append(m.facts, f)
	}
	return m, nil
}
