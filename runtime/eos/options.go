package eos

import (
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// What has been measured to stall least when a worker dies, and to cost least while all is well.
const (
	sessionTimeout     = 10 * time.Second
	heartbeatInterval  = time.Second
	rebalanceTimeout   = 30 * time.Second
	transactionTimeout = 15 * time.Second

	linger            = 10 * time.Millisecond
	fetchWait         = 500 * time.Millisecond
	metadataAge       = 30 * time.Second // how soon a new partition of an input is noticed
	fetchBytesMax     = 16 << 20         // bytes of one broker's answer with records, as they are on the wire
	bufferedMax       = 200_000          // records written and not yet acknowledged
	bufferedBytesMax  = 128 << 20        // their bytes
	batchBytesMax     = 1_000_012        // the broker's own default for a record batch
	decompressedMax   = 64 << 20         // bytes of one record batch
	unknownTopicTries = 10
)

// options are those of the session's client. Nothing here may be left to a default that reads uncommitted records,
// resets a position or creates a topic.
func (c *Config) options(owned *ownership, fetched *budget, limits map[string]int32) []kgo.Opt {
	compression := c.Compression
	if compression == nil {
		compression = []kgo.CompressionCodec{kgo.Lz4Compression()}
	}
	batchBytes := func(topic string) int32 {
		if limit, ok := limits[topic]; ok {
			return limit
		}
		return batchBytesMax
	}
	return append(slices.Clone(c.Client),
		kgo.ClientID(c.id()),
		kgo.TransactionalID(c.id()),
		kgo.TransactionTimeout(transactionTimeout),
		kgo.MetadataMaxAge(metadataAge),
		kgo.WithDecompressor(fetched),
		kgo.FetchMaxBytes(fetchBytesMax),

		kgo.ConsumerGroup(c.Group),
		kgo.InstanceID(c.id()),
		kgo.Balancers(newBalancer(owned)),
		kgo.SessionTimeout(sessionTimeout),
		kgo.HeartbeatInterval(heartbeatInterval),
		kgo.RebalanceTimeout(rebalanceTimeout),
		kgo.ConsumeTopics(c.topics()...),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.KeepControlRecords(),
		kgo.ConsumeStartOffset(kgo.NewOffset().At(0)), // a partition that was added later
		kgo.ConsumeResetOffset(kgo.NoResetOffset()),
		kgo.FetchMaxWait(fetchWait),

		kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerBatchCompression(compression...),
		kgo.ProducerBatchMaxBytesFn(batchBytes),
		kgo.ProducerLinger(linger),
		kgo.MaxBufferedRecords(bufferedMax),
		kgo.MaxBufferedBytes(bufferedBytesMax),
		kgo.UnknownTopicRetries(unknownTopicTries),
	)
}
