package topology

import (
	"github.com/anabranch-go/anabranch/topology/document"
)

func (r *reader) sharder(op *operatorSpec, o *object) {
	op.by = r.formula(o.get("by"), "by", true)
	to := o.get("to")
	if to != nil && to.Kind == document.List {
		op.several = true
		for _, name := range r.texts(to, "streams") {
			r.port(op, name.text, name, false)
		}
	} else {
		r.single(op, o)
	}
	op.hash = "murmur2"
	if op.several {
		op.hash = "rendezvous"
	}
	if hash := o.get("hash"); hash != nil {
		word, ok := r.wordOf(o, "hash", "hash")
		if ok && op.several && word == "murmur2" {
			r.wrong(hash, "A0210", "several streams are chosen among by rendezvous hashing over their names", "take `hash:` away, or name one stream")
		} else if ok {
			op.hash = word
		}
	}
	word, _ := r.wordOf(o, "key", "key")
	op.rekey = word == "by"
}
