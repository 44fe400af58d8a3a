package loop

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"
)

// slabLen is how many records are allocated at once.
const slabLen = 1024

// Signup is the signup pipeline by hand: each record goes to audit; adults from three countries who opted in go to
// byUser as well, on one of shards partitions by the Kafka hash of their user id.
func Signup(audit, byUser string, shards int) Work {
	hash := kgo.StickyKeyPartitioner(nil).ForTopic(byUser)
	var slab []kgo.Record
	var placed kgo.Record
	return func(r *kgo.Record, produce func(*kgo.Record)) error {
		s, err := read(r.Value)
		if err != nil {
			return fmt.Errorf("signup at partition %d offset %d: %w", r.Partition, r.Offset, err)
		}
		if s.optIn && s.age >= 18 && selected(s.country) {
			if len(slab) == 0 {
				slab = make([]kgo.Record, slabLen)
			}
			kept := &slab[0]
			slab = slab[1:]
			placed.Key = s.userID
			kept.Topic, kept.Partition = byUser, int32(hash.Partition(&placed, shards))
			kept.Key, kept.Value, kept.Headers, kept.Timestamp = r.Key, r.Value, r.Headers, r.Timestamp
			produce(kept)
		}
		r.Topic = audit
		produce(r)
		return nil
	}
}

func selected(country []byte) bool {
	switch string(country) {
	case "DE", "FR", "US":
		return true
	}
	return false
}

// signup is the four fields that the work needs.
type signup struct {
	userID, country []byte
	optIn           bool
	age             int64
}

var errShort = errors.New("the value ends too early")

// read decodes the four fields and skips the others, in the order of schemas/signup.avsc.
func read(value []byte) (s signup, err error) {
	c := cursor{rest: value}
	s.userID = c.bytes()
	c.bytes() // email
	s.country = c.bytes()
	c.long() // plan
	c.referrer()
	c.long()  // created_at
	c.bytes() // ip
	c.bytes() // user_agent
	s.optIn = c.boolean()
	s.age = c.long()
	if c.short {
		return s, errShort
	}
	return s, nil
}

// cursor reads Avro values; once short, it stays short.
type cursor struct {
	rest  []byte
	short bool
}

// referrer skips a union of null, a string and a campaign.
func (c *cursor) referrer() {
	switch c.long() {
	case 1:
		c.bytes()
	case 2:
		c.bytes() // source
		c.bytes() // name
		if c.long() == 1 {
			c.bytes() // click_id
		}
	}
}

func (c *cursor) long() int64 {
	v, n := binary.Varint(c.rest)
	if n <= 0 {
		c.short, c.rest = true, nil
		return 0
	}
	c.rest = c.rest[n:]
	return v
}

func (c *cursor) bytes() []byte {
	n := c.long()
	if n < 0 || n > int64(len(c.rest)) {
		c.short, c.rest = true, nil
		return nil
	}
	b := c.rest[:n]
	c.rest = c.rest[n:]
	return b
}

func (c *cursor) boolean() bool {
	if len(c.rest) == 0 {
		c.short = true
		return false
	}
	b := c.rest[0]
	c.rest = c.rest[1:]
	return b == 1
}
