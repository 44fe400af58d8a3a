// Package expression holds the expressions of pipeline files: CEL over one event, checked against the Avro schema of the
// stream, and compiled to Go closures over the slots of a stage.Row.
//
// An expression names value (of the stream's Avro type), key, header("name") and timestamp. Avro types become CEL types so:
//
//	boolean                                  bool
//	int, long                                int
//	float, double                            double
//	string, uuid on a string                 string
//	enum                                     string; compared with symbols that exist only, never ordered
//	bytes, fixed, uuid on a fixed            bytes
//	timestamp-*, local-timestamp-*           timestamp, to the microsecond; a local one is read as if it were UTC
//	date                                     timestamp of its midnight UTC
//	time-millis, time-micros                 duration since midnight
//	array, map, record                       list, map, a record whose fields are selected
//	decimal, duration, union of several      only null tests; such a union also under match
//
// What may be null must be guarded before it is used: x != null && x > 1. A guard is found through &&, ||, !, ?: and
// has. A null test looks through optional records: value.a.b != null is false where value.a is null, and once it is
// true neither is null. has(value.a.b) means the same; has(value.m.k) on a map asks whether it has the key.
//
// An evaluation either gives a result or rejects the event with a *Fault: overflow, division by zero, a missing map
// key, an index out of range. && and || absorb the fault of one side where the other decides, as CEL does.
//
// The usual part of CEL runs as closures that allocate nothing; an expression that uses anything else runs on cel-go
// as a whole. Both give the same answers.
package expression
