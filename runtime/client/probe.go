package client

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/anabranch-go/anabranch/topology"
)

// ProbeTimeout bounds how long Probe waits for brokers.
const ProbeTimeout = 10 * time.Second

// Probe tells whether the cluster answers a client with these options, and if not, why: an *Unreachable that names
// each broker. It asks every broker of the file at once, and then those that the cluster itself sends clients to, since a
// cluster may answer under one address and name another that leads nowhere.
func Probe(ctx context.Context, k topology.Kafka, dial func(ctx context.Context, network, host string) (net.Conn, error)) error {
	opts, err := Options(k, dial)
	if err != nil {
		return err
	}
	bounded, cancel := context.WithTimeout(ctx, ProbeTimeout)
	defer cancel()

	advertised, failed := askAll(bounded, k, opts, k.Brokers)
	if len(failed) == len(k.Brokers) {
		return unreachable(ctx, &Unreachable{Brokers: failed})
	}
	advertised = slices.DeleteFunc(advertised, func(addr string) bool { return slices.Contains(k.Brokers, addr) })
	if len(advertised) == 0 {
		return nil
	}
	if _, failed = askAll(bounded, k, opts, advertised); len(failed) == len(advertised) {
		return unreachable(ctx, &Unreachable{Brokers: failed, Advertised: true})
	}
	return nil
}

// unreachable prefers the caller's own reason to stop over what stopping made of the brokers' answers.
func unreachable(ctx context.Context, u *Unreachable) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return u
}

// askAll asks all brokers at once. It gives the addresses that they name, and why some did not answer.
func askAll(ctx context.Context, k topology.Kafka, opts []kgo.Opt, addrs []string) (advertised []string, failed []BrokerError) {
	type answer struct {
		at         int
		advertised []string
		err        error
	}
	answers := make(chan answer)
	for i, addr := range addrs {
		go func() {
			advertised, err := ask(ctx, opts, addr)
			answers <- answer{i, advertised, err}
		}()
	}
	errs := make([]error, len(addrs))
	for range addrs {
		a := <-answers
		errs[a.at] = a.err
		advertised = append(advertised, a.advertised...)
	}
	for i, err := range errs {
		if err != nil {
			failed = append(failed, explain(k, addrs[i], err))
		}
	}
	slices.Sort(advertised)
	return slices.Compact(advertised), failed
}

// ask asks one broker for the brokers of its cluster. Later options win, so addr is the only seed.
func ask(ctx context.Context, opts []kgo.Opt, addr string) ([]string, error) {
	opts = append(slices.Clip(opts), kgo.SeedBrokers(addr), kgo.WithLogger(nil), kgo.RequestRetries(0))
	cl, err := kgo.NewClient(opts...)
	if err != nil {
		return nil, err
	}
	defer cl.Close()
	req := kmsg.NewPtrMetadataRequest()
	req.Topics = []kmsg.MetadataRequestTopic{} // none: only the brokers
	answer, err := cl.SeedBrokers()[0].Request(ctx, req)
	if err != nil {
		return nil, err
	}
	var addrs []string
	for _, b := range answer.(*kmsg.MetadataResponse).Brokers {
		addrs = append(addrs, net.JoinHostPort(b.Host, strconv.Itoa(int(b.Port))))
	}
	if len(addrs) == 0 {
		return nil, fmt.Errorf("it answers, and names no broker of its cluster")
	}
	return addrs, nil
}
