// Package fingerprint tells one revision of a sub-topology from another, and what it takes to go from one to the other. A
// Sub is the readable description, from which a difference can be shown; its Mark is short enough to stand beside each
// committed position, and still says whether workers of two revisions may share a group.
package fingerprint
