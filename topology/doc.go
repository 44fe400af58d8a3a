// Package topology turns a pipeline file into something that can be drawn, checked and run.
//
// Data flows one way: parse keeps every position of the YAML, check finds every mistake at once, and compile
// cuts the graph at its topics into sub-topologies and fuses each into one stage.Program. The result is a Pipeline.
package topology
