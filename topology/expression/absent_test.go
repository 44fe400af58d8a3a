package expression

import "testing"

// A lookup in a map is warned of where an event without the key would be rejected for it, and only there.
func TestAbsentKeys(t *testing.T) {
	for src, want := range map[string]int{
		`value.attrs["x"] > 1`:                                           1,
		`value.attrs.x > 1`:                                              1,
		`value.age > 1 && value.attrs["x"] > 1`:                          1,
		`"y" in value.attrs && value.attrs["x"] > 1`:                     1,
		`"x" in value.attrs || value.attrs["x"] > 1`:                     1,
		`!("x" in value.attrs) && value.attrs["x"] > 1`:                  1,
		`("x" in value.attrs ? 1 : value.attrs["x"]) > 1`:                1,
		`value.attrs[value.country] > value.attrs["x"]`:                  2,
		`"x" in value.attrs && value.attrs["x"] > 1`:                     0,
		`"x" in value.attrs && value.age > 1 && value.attrs["x"] > 1`:    0,
		`value.attrs["x"] > 1 && "x" in value.attrs`:                     0,
		`!("x" in value.attrs) || value.attrs["x"] > 1`:                  0,
		`value.attrs["x"] > 1 || !("x" in value.attrs)`:                  0,
		`("x" in value.attrs ? value.attrs["x"] : 0) > 1`:                0,
		`has(value.attrs.x) && value.attrs.x > 1`:                        0,
		`has(value.attrs.x) && value.attrs["x"] > 1`:                     0,
		`value.attrs.exists(k, value.attrs[k] > 1)`:                      0,
		`value.country in value.attrs && value.attrs[value.country] > 1`: 0,
		`value.tags[0] == "new"`:                                         0,
		`"a" in value.tags && value.attrs["a"] > 1`:                      1,
	} {
		e, _, _ := compileSignup(t, src, Bool)
		if got := e.Warnings(); len(got) != want {
			t.Errorf("%s: %d warnings, want %d: %v", src, len(got), want, got)
		}
	}
}
