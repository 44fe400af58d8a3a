// Package acl knows which rights on a Kafka cluster a pipeline needs: no more than it uses, so that its user can do
// nothing else. It prints them as access control lists, and tells which of them a cluster does not give.
//
// Kafka implies Describe by Read and by Write; a Describe of its own is therefore not asked for. IdempotentWrite on the
// cluster is implied by Write on the transactional id.
package acl
