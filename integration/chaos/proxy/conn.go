package proxy

import (
	"bufio"
	"net"
	"sync"
	"time"
)

// conn is one client's connection to one broker.
type conn struct {
	network        *Network
	client, broker net.Conn

	mu      sync.Mutex
	name    string // the client id
	waiting map[int32]Call
	late    bool  // the broker's side is kept for a late request
	last    int32 // the number of that
}

func (c *conn) id() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.name
}

// close hangs up on both sides.
func (c *conn) close() {
	hangUp(c.client)
	c.mu.Lock()
	late := c.late
	c.mu.Unlock()
	if !late {
		_ = c.broker.Close()
	}
}

// requests carries frames from the client to the broker.
func (c *conn) requests() {
	defer c.close()
	from := bufio.NewReaderSize(c.client, 64<<10)
	var frame []byte
	for {
		var err error
		if frame, err = readFrame(from, frame); err != nil {
			return
		}
		call, err := parseCall(frame)
		if err != nil {
			return
		}
		c.note(call)
		fate := c.network.fate(call, false)
		time.Sleep(fate.Wait)
		switch {
		case fate.Late > 0:
			c.deliverLate(call, frame, fate.Late)
			return
		case fate.Cut:
			return
		case fate.Lose:
			continue
		}
		if _, err := c.broker.Write(frame); err != nil {
			return
		}
	}
}

// replies carries frames from the broker to the client, until the last one that may come.
func (c *conn) replies() {
	defer func() { hangUp(c.client); _ = c.broker.Close() }()
	from := bufio.NewReaderSize(c.broker, 64<<10)
	var frame []byte
	for {
		var err error
		if frame, err = readFrame(from, frame); err != nil {
			return
		}
		fate := Fate{}
		if call, ok := c.asked(numberOf(frame)); ok {
			fate = c.network.fate(call, true)
		}
		time.Sleep(fate.Wait)
		switch {
		case fate.Cut:
			return
		case fate.Lose:
			continue
		}
		if _, err := c.client.Write(frame); err != nil && !c.awaits(numberOf(frame)) {
			return
		}
	}
}

// lateReply is how long a late request's connection waits for the broker's reply, which nobody hears.
const lateReply = 5 * time.Second

// awaits tells whether the reply to a late request is yet to come after this one.
func (c *conn) awaits(number int32) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.late && number != c.last
}

// deliverLate hangs up on the client, and sends the request to the broker later.
func (c *conn) deliverLate(call Call, frame []byte, after time.Duration) {
	c.mu.Lock()
	c.late, c.last = true, call.number
	c.mu.Unlock()
	hangUp(c.client)
	time.Sleep(after)
	if _, err := c.broker.Write(frame); err != nil {
		_ = c.broker.Close()
		return
	}
	_ = c.broker.SetReadDeadline(time.Now().Add(lateReply))
}

// note remembers a request until its reply.
func (c *conn) note(call Call) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.name = call.Client
	c.waiting[call.number] = call
}

// asked gives the request that a reply answers.
func (c *conn) asked(number int32) (Call, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	call, ok := c.waiting[number]
	delete(c.waiting, number)
	return call, ok
}
