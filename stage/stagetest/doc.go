// Package stagetest holds the laws that routers and sharders must keep, as a test suite for the operators of this
// module and for your own.
package stagetest
