package main

import (
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/runtime/deadletter"
	"github.com/anabranch-go/anabranch/runtime/ndjson"
	"github.com/anabranch-go/anabranch/topology"
)

// embeddedSchemaID stands before framed values that are fed to the embedded broker, which has no registry to give one.
const embeddedSchemaID = 1

// feedForm gives the form of the lines of a --feed.
func feedForm(s *topology.Stream, f runFlags) (*ndjson.Form, error) {
	id := int32(f.schemaID)
	if f.embedded && id == 0 {
		id = embeddedSchemaID
	}
	if id == 0 && ndjson.Framed(s) {
		return nil, usagef("--feed %s: its records are framed for a schema registry, which this version does not ask; give the id of the schema by --feed-schema-id", s.Name)
	}
	return ndjson.Of(s, id)
}

// deadLetterForms gives the form of each dead letter.
func deadLetterForms(p *topology.Pipeline) (func(*kgo.Record) *ndjson.Form, error) {
	forms, err := operatorForms(p)
	if err != nil {
		return nil, err
	}
	raw := &ndjson.Form{Envelope: true}
	return func(r *kgo.Record) *ndjson.Form {
		for _, h := range r.Headers {
			if form := forms[string(h.Value)]; h.Key == deadletter.HeaderOperator && form != nil {
				return form
			}
		}
		return raw
	}, nil
}

// operatorForms gives by operator the form of the dead letters of it: that of the stream which it reads. They are
// envelopes, since the headers say what happened.
func operatorForms(p *topology.Pipeline) (map[string]*ndjson.Form, error) {
	forms := make(map[string]*ndjson.Form)
	for _, o := range p.Operators {
		form, err := ndjson.Of(o.From[0], 0)
		if err != nil {
			return nil, err
		}
		form.Envelope = true
		forms[o.Name] = form
	}
	return forms, nil
}
