// Package testdriver runs the tests of a pipeline file in memory: the whole pipeline, through the code that a worker runs, over topics
// with several partitions.
//
// A test is run with several seeds. The seed decides which sub-topology and which partitions are polled next, how records are cut
// into batches, and where records without a key begin. All seeds must give the same verdict: a test that holds with some of them
// only depends on an order that Kafka does not promise. Time is virtual: records are a second apart where the test does not say.
//
// What the routers decided about each event is found afterwards, by carrying every record through the same program once more;
// the run itself goes undisturbed.
package testdriver
