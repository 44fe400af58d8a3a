package schemas

import (
	"slices"
	"strconv"
	"strings"
)

// define gives t its full name and makes it known. It returns the namespace inside t.
func (p *parser) define(v *jsonValue, t *Type, namespace string) (string, error) {
	name := v.get("name")
	if name == nil || name.kind != jsonString {
		return "", p.fail(v, "%s has no \"name\" that is a string", t.Kind)
	}
	full := name.text
	if dot := strings.LastIndexByte(full, '.'); dot >= 0 {
		namespace = full[:dot]
	} else {
		if own := v.get("namespace"); own != nil && own.kind != jsonNull {
			if own.kind != jsonString {
				return "", p.fail(own, "namespace of %s %q is %s; it should be a string", t.Kind, full, own.kind)
			}
			namespace = own.text
		}
		if namespace != "" {
			full = namespace + "." + full
		}
	}
	for part := range strings.SplitSeq(full, ".") {
		if !validName(part) {
			return "", p.fail(name, "bad name %q of %s; %s", full, t.Kind, nameRule)
		}
	}
	if slices.Contains(primitives, Kind(full)) {
		return "", p.fail(name, "%s is named %q, which is the name of a primitive type", t.Kind, full)
	}
	if p.named[full] != nil {
		return "", p.fail(name, "type %q is defined twice; the second use should be its name alone", full)
	}
	t.Name, t.Doc = full, p.doc(v)
	p.named[full] = t
	p.names = append(p.names, full)
	aliases, err := p.strings(v, "aliases")
	for _, alias := range aliases {
		if namespace != "" && !strings.Contains(alias, ".") {
			alias = namespace + "." + alias
		}
		t.Aliases = append(t.Aliases, alias)
	}
	return namespace, err
}

const nameRule = "a name is letters, digits and _, and does not start with a digit"

// validName tells whether s is a name by the rule of the specification.
func validName(s string) bool {
	for i, c := range []byte(s) {
		letter := c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}

func (p *parser) doc(v *jsonValue) string {
	if doc := v.get("doc"); doc != nil && doc.kind == jsonString {
		return doc.text
	}
	return ""
}

func (p *parser) record(v *jsonValue, namespace string, depth int) (*Type, error) {
	t := &Type{Kind: Record}
	namespace, err := p.define(v, t, namespace)
	if err != nil {
		return nil, err
	}
	return t, p.inside(func() error {
		fields := v.get("fields")
		if fields == nil || fields.kind != jsonArray {
			return p.fail(v, "record has no \"fields\" that are an array")
		}
		seen := map[string]bool{}
		for i := range fields.items {
			f, err := p.field(&fields.items[i], i, namespace, depth)
			if err != nil {
				return err
			}
			if seen[f.Name] {
				return p.fail(&fields.items[i], "field %q stands twice", f.Name)
			}
			seen[f.Name] = true
			t.Fields = append(t.Fields, f)
		}
		return nil
	}, "record %q", t.Name)
}

func (p *parser) field(v *jsonValue, index int, namespace string, depth int) (*Field, error) {
	if v.kind != jsonObject {
		return nil, p.fail(v, "field %d is %s; it should be an object with \"name\" and \"type\"", index, v.kind)
	}
	name := v.get("name")
	if name == nil || name.kind != jsonString {
		return nil, p.fail(v, "field %d has no \"name\" that is a string", index)
	}
	if !validName(name.text) {
		return nil, p.fail(name, "bad name %q of field %d; %s", name.text, index, nameRule)
	}
	f := &Field{Name: name.text, Doc: p.doc(v)}
	return f, p.inside(func() (err error) {
		kind := v.get("type")
		if kind == nil {
			return p.fail(v, "field has no \"type\"")
		}
		if f.Aliases, err = p.strings(v, "aliases"); err != nil {
			return err
		}
		if fallback := v.get("default"); fallback != nil {
			f.HasDefault, f.Default, f.fallback = true, fallback.native(p.text), fallback
		}
		f.Type, err = p.parse(kind, namespace, depth+1)
		return err
	}, "field %q", f.Name)
}

// strings reads an optional array of strings.
func (p *parser) strings(v *jsonValue, key string) ([]string, error) {
	list := v.get(key)
	if list == nil || list.kind == jsonNull {
		return nil, nil
	}
	if list.kind != jsonArray {
		return nil, p.fail(list, "%q is %s; it should be an array of strings", key, list.kind)
	}
	var all []string
	for i := range list.items {
		if list.items[i].kind != jsonString {
			return nil, p.fail(&list.items[i], "%q has %s in it; it should be an array of strings", key, list.items[i].kind)
		}
		all = append(all, list.items[i].text)
	}
	return all, nil
}

func (p *parser) enum(v *jsonValue, namespace string) (*Type, error) {
	t := &Type{Kind: Enum}
	if _, err := p.define(v, t, namespace); err != nil {
		return nil, err
	}
	return t, p.inside(func() (err error) {
		if t.Symbols, err = p.strings(v, "symbols"); err != nil {
			return err
		}
		if len(t.Symbols) == 0 {
			return p.fail(v, "enum has no \"symbols\"")
		}
		seen := map[string]bool{}
		for i, s := range t.Symbols {
			if !validName(s) {
				return p.fail(&v.get("symbols").items[i], "bad symbol %q; %s", s, nameRule)
			}
			if seen[s] {
				return p.fail(&v.get("symbols").items[i], "symbol %q stands twice", s)
			}
			seen[s] = true
		}
		if d := v.get("default"); d != nil && (d.kind != jsonString || !seen[d.text]) {
			return p.fail(d, "default %q is not a symbol; %s", d.text, suggest(d.text, t.Symbols))
		} else if d != nil {
			t.Default = d.text
		}
		return nil
	}, "enum %q", t.Name)
}

func (p *parser) fixed(v *jsonValue, namespace string) (*Type, error) {
	t := &Type{Kind: Fixed}
	if _, err := p.define(v, t, namespace); err != nil {
		return nil, err
	}
	return t, p.inside(func() error {
		size, ok := v.number("size")
		if !ok || size < 0 || size > MaxFixedBytes {
			return p.fail(v, "fixed has no \"size\" that is a whole number of bytes from 0 to %d", MaxFixedBytes)
		}
		t.Size = size
		p.logical(t, v)
		return nil
	}, "fixed %q", t.Name)
}

// number reads a whole number.
func (v *jsonValue) number(key string) (int, bool) {
	n := v.get(key)
	if n == nil || n.kind != jsonNumber {
		return 0, false
	}
	i, err := strconv.Atoi(n.text)
	return i, err == nil
}
