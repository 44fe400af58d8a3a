// Package client makes the options that every Kafka client of the project shares: seeds, TLS, SASL and the name that
// brokers see. It also says in plain words why a cluster cannot be reached.
package client
