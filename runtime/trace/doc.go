// Package trace tells what a pipeline decides about one event: which operators it comes to, by which ports it leaves them, what
// every part of their expressions comes to, and where it ends.
//
// It does not decide anything itself. An event goes through the programs of the pipeline on a stage.Runner, as it does in a
// worker; the trace is what the operators were seen to do on the way.
package trace
