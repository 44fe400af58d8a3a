// Package demo runs the signup pipeline on an embedded broker while it cuts its workers off in the middle of transactions,
// and then proves from the topics alone what became of every event.
package demo
