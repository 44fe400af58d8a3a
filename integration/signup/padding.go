package signup

import "strings"

// paddingBytes is the length of the text from which padding is cut: long against the window of a codec, so that one record's
// says little about the next one's.
const paddingBytes = 4 << 20

// words are what padding is made of. It shrinks about as logs do.
var words = strings.Fields(`accept account agent audit batch broker cache client commit connect count country device email error event
	fetch field filter gateway header idle index input invoice latency leader level limit locale member message method native offset
	order origin output partner payload payment phone plan policy produce query quota range record region replica request response
	retry route sample schema score second session shard signup source status stream tenant token topic trace user value version
	window worker zone`)

// pad gives the padding of event n.
func (g *Generator) pad(n int) string {
	r := random(n) << 24
	if len(g.padding) < paddingBytes+g.Padding {
		g.padding = text(paddingBytes + g.Padding)
	}
	from := r.below(paddingBytes)
	return g.padding[from : from+g.Padding]
}

// text is words and numbers of at least so many bytes.
func text(bytes int) string {
	var b strings.Builder
	const digits = "0123456789abcdef"
	r := random(bytes)
	for b.Len() < bytes {
		b.WriteByte(' ')
		b.WriteString(pick(&r, words))
		if r.chance(30) {
			b.WriteByte('=')
			for v, i := r.next(), 0; i < 6; v, i = v>>4, i+1 {
				b.WriteByte(digits[v&15])
			}
		}
	}
	return b.String()
}
