package schemas

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// parser turns the JSON of a schema into Types.
type parser struct {
	text  []byte
	named map[string]*Type
	// names holds the keys of named in the order of the text, for suggestions.
	names []string
	path  []string // where the parser is, for errors
}

func parseType(text []byte) (*Type, error) {
	if len(text) > MaxSchemaBytes {
		return nil, fmt.Errorf("%d bytes of text; at most %d", len(text), MaxSchemaBytes)
	}
	root, err := parseJSON(text)
	if err != nil {
		return nil, err
	}
	p := &parser{text: text, named: map[string]*Type{}}
	t, err := p.parse(root, "", 0)
	if err != nil {
		return nil, err
	}
	if err := checkFinite(p.named, p.names); err != nil {
		return nil, err
	}
	if err := p.checkDefaults(); err != nil {
		return nil, err
	}
	seal(t)
	return t, nil
}

// readLimited reads all of r; more than limit bytes are an error.
func readLimited(r io.Reader, limit int) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, int64(limit)+1))
	if err == nil && len(text) > limit {
		err = fmt.Errorf("more than %d bytes", limit)
	}
	return text, err
}

// fail words a mistake at v with the names that lead to it, innermost first.
func (p *parser) fail(v *jsonValue, format string, args ...any) error {
	var where strings.Builder
	for _, step := range slices.Backward(p.path) {
		where.WriteString(step)
		where.WriteString(" of ")
	}
	at := strings.TrimSuffix(where.String(), " of ")
	if at != "" {
		at += ": "
	}
	return fmt.Errorf("%s%s (%s)", at, fmt.Sprintf(format, args...), place(p.text, v.at))
}

// inside runs f with step added to the path of errors.
func (p *parser) inside(f func() error, step string, args ...any) error {
	p.path = append(p.path, fmt.Sprintf(step, args...))
	err := f()
	p.path = p.path[:len(p.path)-1]
	return err
}

// parse reads one type. The namespace is that of the enclosing named type.
func (p *parser) parse(v *jsonValue, namespace string, depth int) (*Type, error) {
	if depth > MaxDepth {
		return nil, p.fail(v, "types stand more than %d levels deep in each other", MaxDepth)
	}
	switch v.kind {
	case jsonString:
		return p.reference(v, namespace)
	case jsonArray:
		return p.union(v, namespace, depth)
	case jsonObject:
		return p.object(v, namespace, depth)
	}
	return nil, p.fail(v, "a type is %s; it should be a type's name, an object or a union in brackets", v.kind)
}

var primitives = []Kind{Null, Boolean, Int, Long, Float, Double, Bytes, String}

// reference resolves the name of a primitive type or of one that was defined before.
func (p *parser) reference(v *jsonValue, namespace string) (*Type, error) {
	name := v.text
	if slices.Contains(primitives, Kind(name)) {
		return &Type{Kind: Kind(name)}, nil
	}
	full := name
	if !strings.Contains(name, ".") && namespace != "" {
		full = namespace + "." + name
	}
	if t := p.named[full]; t != nil {
		return t, nil
	}
	// The specification has no fallback to the null namespace, but the Java library writes such references.
	if t := p.named[name]; t != nil {
		return t, nil
	}
	switch Kind(name) {
	case Record, Enum, Array, Map, Fixed:
		return nil, p.fail(v, "type %q needs an object that describes it: {\"type\": %q, …}", name, name)
	case Union:
		return nil, p.fail(v, "a union is written as an array of types: [\"null\", \"string\"]")
	}
	have := make([]string, 0, len(primitives)+len(p.names))
	for _, k := range primitives {
		have = append(have, string(k))
	}
	return nil, p.fail(v, "unknown type %q; %s", name, suggestType(name, full, append(have, p.names...)))
}

// suggestType looks for a near name by the name as written and by the full one.
func suggestType(name, full string, have []string) string {
	if by := suggest(full, have); strings.HasPrefix(by, "did you mean") {
		return by
	}
	return suggest(name, have)
}

// object reads a type written as a JSON object.
func (p *parser) object(v *jsonValue, namespace string, depth int) (*Type, error) {
	kind := v.get("type")
	if kind == nil {
		return nil, p.fail(v, "a type's object has no \"type\"")
	}
	if kind.kind != jsonString {
		return p.parse(kind, namespace, depth+1)
	}
	switch Kind(kind.text) {
	case Record, "error":
		return p.record(v, namespace, depth)
	case Enum:
		return p.enum(v, namespace)
	case Fixed:
		return p.fixed(v, namespace)
	case Array:
		return p.items(v, Array, "items", namespace, depth)
	case Map:
		return p.items(v, Map, "values", namespace, depth)
	}
	t, err := p.reference(kind, namespace)
	if err != nil {
		return nil, err
	}
	if slices.Contains(primitives, t.Kind) {
		p.logical(t, v)
	}
	return t, nil
}

// items reads an array or a map.
func (p *parser) items(v *jsonValue, kind Kind, key, namespace string, depth int) (*Type, error) {
	items := v.get(key)
	if items == nil {
		return nil, p.fail(v, "%s has no %q", kind, key)
	}
	t := &Type{Kind: kind}
	err := p.inside(func() (err error) {
		t.Items, err = p.parse(items, namespace, depth+1)
		return err
	}, "%s of %s", key, kind)
	return t, err
}

// union reads a union, whose branches must be told apart by their kind or name.
func (p *parser) union(v *jsonValue, namespace string, depth int) (*Type, error) {
	if len(v.items) == 0 {
		return nil, p.fail(v, "empty union; it should list at least one type")
	}
	t := &Type{Kind: Union}
	seen := map[string]bool{}
	for i := range v.items {
		item := &v.items[i]
		err := p.inside(func() error {
			branch, err := p.parse(item, namespace, depth+1)
			switch {
			case err != nil:
				return err
			case branch.Kind == Union:
				return p.fail(item, "a union stands directly in a union; list its types in the outer one")
			case seen[branch.branchName()]:
				return p.fail(item, "type %q stands twice in the union", branch.branchName())
			}
			seen[branch.branchName()] = true
			t.Branches = append(t.Branches, branch)
			return nil
		}, "union branch %d", i)
		if err != nil {
			return nil, err
		}
	}
	return t, nil
}

// branchName is what tells t apart from the other branches of a union.
func (t *Type) branchName() string {
	if t.Name != "" {
		return t.Name
	}
	return string(t.Kind)
}
