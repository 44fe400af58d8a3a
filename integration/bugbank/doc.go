// Command bugbank puts one deliberate bug after the other into the real code, each a small change of text, and runs the tests
// that must catch it: a test that does not fail there is worth nothing.
//
//	go run ./integration/bugbank            # all, about ten minutes
//	go run ./integration/bugbank -only reset
//
// The changes are laid over the files by the compiler (go test -overlay); nothing is written to the tree.
// It ends with code 1 if a bug was not caught, or no longer fits the code.
package main
