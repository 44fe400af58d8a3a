package eos

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// untie frees positions that hang on a transaction of this worker's id which has ended: a broker that was killed can forget
// the end of one, keep its positions pending, and tell whoever asks that nothing is open. No timeout ends that, and no
// fence, since there is nothing to abort. A further transaction of the same producer does, when it ends: it sends a
// position, too, and is aborted, so that it changes nothing. No session of the id may be alive.
func (m *member) untie(ctx context.Context) error {
	topic := m.config.Inputs[0].Topics[0]
	listed, err := m.admin.ListTopics(ctx, topic)
	if err != nil {
		return err
	}
	producer, err := m.claim(ctx, m.config.id())
	if err != nil {
		return err
	}
	add := kmsg.NewPtrAddOffsetsToTxnRequest()
	add.TransactionalID, add.ProducerID, add.ProducerEpoch, add.Group = m.config.id(), producer.ProducerID, producer.ProducerEpoch, m.config.Group
	added, err := add.RequestWith(ctx, m.client)
	if err = firstOf(err, func() int16 { return added.ErrorCode }); err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	send := kmsg.NewPtrTxnOffsetCommitRequest()
	send.TransactionalID, send.ProducerID, send.ProducerEpoch, send.Group, send.Generation = m.config.id(), producer.ProducerID, producer.ProducerEpoch, m.config.Group, -1
	t, p := kmsg.NewTxnOffsetCommitRequestTopic(), kmsg.NewTxnOffsetCommitRequestTopicPartition()
	t.Topic, t.TopicID = topic, listed[topic].ID
	t.Partitions = append(t.Partitions, p)
	send.Topics = append(send.Topics, t)
	sent, sendErr := send.RequestWith(ctx, m.client)
	sendErr = firstOf(sendErr, func() int16 { return sent.Topics[0].Partitions[0].ErrorCode })
	end := kmsg.NewPtrEndTxnRequest()
	end.TransactionalID, end.ProducerID, end.ProducerEpoch = m.config.id(), producer.ProducerID, producer.ProducerEpoch
	ended, err := end.RequestWith(ctx, m.client)
	return errors.Join(sendErr, firstOf(err, func() int16 { return ended.ErrorCode }))
}

// firstOf is err, or what the code of an answer that came says.
func firstOf(err error, code func() int16) error {
	if err != nil {
		return err
	}
	return kerr.ErrorForCode(code())
}
