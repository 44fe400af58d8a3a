// Package proxy stands between Kafka clients and brokers and knows the protocol's frames: which request of which client each
// frame is, and which reply answers it. So a reply can be lost after the broker has done what was asked, or come late.
package proxy
