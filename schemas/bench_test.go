package schemas

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/anabranch-go/anabranch/stage"
	"github.com/linkedin/goavro/v2"
	"github.com/twmb/avro"
)

const fieldsReader = `{"type":"record","name":"com.example.accounts.Signup","fields":[
	{"name":"user_id","type":"string"},{"name":"country","type":"string"},
	{"name":"marketing_opt_in","type":"boolean"},{"name":"age","type":"int"}]}`

// signups gives n distinct events: enough that the branch predictor cannot learn them by heart.
func signups(n int) [][]byte {
	random := rand.New(rand.NewPCG(1, 2))
	text := func(buf []byte, s string) []byte { return append(binary.AppendVarint(buf, int64(len(s))), s...) }
	all := make([][]byte, n)
	for i := range all {
		b := text(nil, fmt.Sprintf("user-%08x", random.Uint32()))
		b = text(b, fmt.Sprintf("%s@example.com", "somebody.with.a.name"[:5+random.IntN(15)]))
		b = text(b, []string{"DE", "FR", "US", "GB", "JP"}[random.IntN(5)])
		b = binary.AppendVarint(b, int64(random.IntN(3)))
		switch branch := random.IntN(3); branch {
		case 0:
			b = binary.AppendVarint(b, 0)
		case 1:
			b = text(binary.AppendVarint(b, 1), "https://news.example.org/"[:20+random.IntN(5)])
		case 2:
			b = binary.AppendVarint(text(text(binary.AppendVarint(b, 2), "search"), "autumn"), 0)
		}
		b = binary.AppendVarint(b, 1_790_000_000_000+random.Int64N(1e9))
		b = text(b, fmt.Sprintf("%d.%d.%d.%d", random.IntN(256), random.IntN(256), random.IntN(256), random.IntN(256)))
		b = text(b, "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"[:40+random.IntN(30)])
		b = append(b, byte(random.IntN(2)))
		all[i] = binary.AppendVarint(b, int64(13+random.IntN(80)))
	}
	return all
}

func signupSchema(tb testing.TB) *Schema {
	tb.Helper()
	s, err := Load("signup.avsc")
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func BenchmarkProjection(b *testing.B) {
	records := signups(1 << 15)
	p, err := NewProjection(signupSchema(b), Bare, []string{"user_id", "country", "marketing_opt_in", "age"})
	if err != nil {
		b.Fatal(err)
	}
	var row stage.Row
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		p.Read(records[i&(1<<15-1)], &row)
		if row.Err != nil {
			b.Fatal(row.Err)
		}
		i++
	}
}

func BenchmarkTwmbResolved(b *testing.B) {
	records := signups(1 << 15)
	writer, err := avro.Parse(signupSchema(b).Text)
	if err != nil {
		b.Fatal(err)
	}
	reader, err := avro.Parse(fieldsReader)
	if err != nil {
		b.Fatal(err)
	}
	resolved, err := avro.Resolve(writer, reader)
	if err != nil {
		b.Fatal(err)
	}
	type fields struct {
		UserID  string `avro:"user_id"`
		Country string `avro:"country"`
		OptIn   bool   `avro:"marketing_opt_in"`
		Age     int32  `avro:"age"`
	}
	var f fields
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if _, err := resolved.Decode(records[i&(1<<15-1)], &f); err != nil {
			b.Fatal(err)
		}
		i++
	}
}

func BenchmarkGoavro(b *testing.B) {
	records := signups(1 << 15)
	codec, err := goavro.NewCodec(signupSchema(b).Text)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if _, _, err := codec.NativeFromBinary(records[i&(1<<15-1)]); err != nil {
			b.Fatal(err)
		}
		i++
	}
}

// What resolving costs: the same fields as in BenchmarkProjection, two of them promoted and all in another order.
func BenchmarkResolvedProjection(b *testing.B) {
	records := signups(1 << 15)
	reader, err := Parse([]byte(`{"type":"record","name":"Signup","fields":[{"name":"age","type":"long"},{"name":"user_id","type":["null","string"]},
		{"name":"land","type":"string","aliases":["country"]},{"name":"region","type":"string","default":"eu"},{"name":"marketing_opt_in","type":"boolean"}]}`))
	if err != nil {
		b.Fatal(err)
	}
	r, err := Resolve(signupSchema(b), reader)
	if err != nil {
		b.Fatal(err)
	}
	p, err := r.Projection(Bare, []string{"user_id", "land", "marketing_opt_in", "age", "region"})
	if err != nil {
		b.Fatal(err)
	}
	var row stage.Row
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		p.Read(records[i%len(records)], &row)
	}
}
