package topology

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/anabranch-go/anabranch/topology/document"
)

// checkConfig refuses values of a topic's configuration that no version of Kafka takes: lengths of time and sizes with a unit.
func (r *reader) checkConfig(p document.Pair, value string) {
	key := p.Key.Value
	if !strings.HasSuffix(key, ".ms") && !strings.HasSuffix(key, ".bytes") {
		return
	}
	if _, err := strconv.ParseInt(value, 10, 64); err == nil {
		return
	}
	remedy := "say the number of bytes"
	if strings.HasSuffix(key, ".ms") {
		remedy = "say the number of milliseconds"
		if d, ok := lengthOfTime(value); ok {
			remedy = fmt.Sprintf("say %d", d.Milliseconds())
		}
	}
	r.wrong(p.Value, "A0207", fmt.Sprintf("%s is a whole number, got %q", key, shorten(value)), remedy)
}

// lengthOfTime reads a length of time with a unit, days included.
func lengthOfTime(text string) (time.Duration, bool) {
	text = strings.ReplaceAll(text, " ", "")
	if days, ok := strings.CutSuffix(text, "d"); ok {
		n, err := strconv.ParseUint(days, 10, 15)
		return time.Duration(n) * 24 * time.Hour, err == nil
	}
	d, err := time.ParseDuration(text)
	return d, err == nil
}
