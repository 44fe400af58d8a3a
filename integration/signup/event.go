package signup

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"time"
)

// event is one signup, with the fields of schemas/signup.avsc.
type event struct {
	UserID         string    `avro:"user_id"`
	Email          string    `avro:"email"`
	Country        string    `avro:"country"`
	Plan           string    `avro:"plan"`
	Referrer       any       `avro:"referrer"`
	CreatedAt      time.Time `avro:"created_at"`
	IP             string    `avro:"ip"`
	UserAgent      string    `avro:"user_agent"`
	MarketingOptIn bool      `avro:"marketing_opt_in"`
	Age            int32     `avro:"age"`
}

var (
	countries = []string{"DE", "FR", "US", "US", "GB", "BR", "IN", "JP", "DE", "FR", "US", "PL"}
	plans     = []string{"FREE", "FREE", "FREE", "PRO", "PRO", "ENTERPRISE"}
	referrers = []any{ // each branch of the union; most people come by themselves
		nil, nil, nil, "https://news.example/launch", "https://search.example/?q=pipelines",
		map[string]any{"source": "search", "name": "spring", "click_id": "c-81f3"},
		map[string]any{"source": "partner", "name": "launch", "click_id": nil},
	}
	agents = []string{
		"Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.1",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0 Safari/537.36",
		"anabranch-mobile/4.2 (Android 16; de-DE)",
	}
	sources = []string{"web", "ios", "android"}
)

// happened is when event n happens: about a millisecond after the one before it, at times earlier.
func (g *Generator) happened(n int) time.Time {
	r := random(n)
	return g.begin.Add(time.Duration(n)*time.Millisecond - time.Duration(r.below(40))*time.Millisecond)
}

// userID is what the user of a number is called, in the shape of a UUID.
func userID(user int) string {
	r := random(user) << 20
	var raw [16]byte
	binary.BigEndian.PutUint64(raw[:], r.next())
	binary.BigEndian.PutUint64(raw[8:], r.next())
	h := hex.EncodeToString(raw[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// fill makes e event n.
func (g *Generator) fill(e *event, n int) {
	r := random(n) << 32
	user := r.skewed(len(g.ids))
	*e = event{
		UserID: g.ids[user], Email: fmt.Sprintf("user%d@mail%d.example", user, user%17), Country: countries[user%len(countries)],
		Plan: pick(&r, plans), CreatedAt: g.happened(n), UserAgent: pick(&r, agents),
		IP:             fmt.Sprintf("203.0.%d.%d", r.below(256), r.below(256)),
		MarketingOptIn: r.chance(80), Age: int32(14 + r.below(60)), Referrer: pick(&r, referrers),
	}
}
