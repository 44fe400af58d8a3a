// Package architecture holds the rules about the source itself, as tests: which way imports point, how long a file may
// be, and what stands at the top. It needs nothing but the Go toolchain's parser.
package architecture
