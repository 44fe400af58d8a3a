package diagnostic

// Code is a kind of mistake.
type Code struct {
	ID      string // A0107
	Meaning string
}

// Codes gives all codes with what they mean, by code. A01 is YAML, A02 the grammar, A03 the graph, A04 topics, A05 types,
// A06 expressions, A07 operators, A08 sub-topologies, A09 variables and secrets, A10 tests.
func Codes() []Code { return append([]Code(nil), codes...) }

var codes = []Code{
	{"A0101", "the file is empty"},
	{"A0102", "the file is too large"},
	{"A0103", "the file is not UTF-8"},
	{"A0104", "the file has a control character"},
	{"A0105", "the text is not YAML"},
	{"A0106", "a line is indented with a tab"},
	{"A0107", "a value carries a YAML tag, or is an unquoted expression that begins with ! or &&"},
	{"A0108", "an alias stands for nothing, or for something that contains it"},
	{"A0109", "the file nests too deep, or its aliases grow too large"},
	{"A0110", "the file has a second document"},
	{"A0111", "a key is in a map twice"},
	{"A0112", "a YAML merge key (<<) is used"},
	{"A0113", "a key is not a name"},

	{"A0202", "a value has the wrong kind: a map, a list or a single value is expected"},
	{"A0203", "a key is not part of the language"},
	{"A0204", "this part of the language is not in this version"},
	{"A0205", "a key has no value"},
	{"A0206", "something that is needed is missing"},
	{"A0207", "a value is not of the type it must have: a number, a length of time, true or false"},
	{"A0208", "a value lies outside of what is possible"},
	{"A0209", "a word is not one of those that are possible"},
	{"A0210", "two parts contradict each other, or one lacks the other"},
	{"A0211", "there are more problems than are told"},

	{"A0301", "a name cannot be used in topics, groups and transactional ids"},
	{"A0302", "a word of the language is used as a stream"},
	{"A0303", "a stream is read that is neither declared nor written"},
	{"A0304", "an inner stream is read by nobody"},
	{"A0305", "an inner stream is written by nobody"},
	{"A0306", "a declared stream is not used"},
	{"A0307", "a stream has two writers"},
	{"A0308", "a stream has two readers"},
	{"A0309", "the operators form a cycle"},
	{"A0310", "dead_letter is used without a topic for dead letters"},

	{"A0401", "a topic has a name that Kafka does not take"},
	{"A0402", "something is said of a topic on a stream that has none"},
	{"A0403", "a topic belongs to two streams"},
	{"A0404", "the address of a broker is wrong"},
	{"A0405", "the configuration of a topic that is not managed has no effect"},
	{"A0406", "two topics differ only by . and _"},
	{"A0407", "dead letters would go to a topic of the pipeline"},
	{"A0408", "a topic is both an input and an output"},
	{"A0409", "an output names several topics"},
	{"A0410", "an output says where to start"},

	{"A0501", "a schema file is missing or wrong"},
	{"A0502", "an output declares a type that cannot read what is written to it"},
	{"A0503", "streams of different types are merged"},
	{"A0504", "an output without framing declares a schema that takes its bytes for something else"},
	{"A0505", "the schema of an output breaks the compatibility that is demanded of it"},

	{"A0601", "an expression cannot be read"},
	{"A0602", "an expression uses an unknown name"},
	{"A0603", "an expression reads a field that the schema does not have"},
	{"A0604", "an expression calls an unknown function"},
	{"A0605", "the types in an expression do not fit"},
	{"A0606", "an expression uses what may be null without a guard"},
	{"A0607", "an expression compares an enum with a symbol that it does not have"},
	{"A0608", "a regular expression, time or duration in an expression cannot be read"},
	{"A0609", "an expression reads a value that expressions cannot read"},
	{"A0610", "an expression has the wrong result for its place"},
	{"A0611", "an expression is too long, too deep or too costly"},
	{"A0612", "an expression reads a key that a map may not have"},

	{"A0701", "a merger has a single input"},
	{"A0702", "an operator names a stream twice"},
	{"A0703", "shares do not add up to 100 percent"},
	{"A0704", "a splitter does not say where the rest goes"},
	{"A0705", "a splitter has no case for some values"},
	{"A0706", "a case can never be"},
	{"A0707", "an operator loses the order of events"},
	{"A0708", "a stream claims another key than its records have"},
	{"A0709", "an ordered merger does not stand at the beginning of its sub-topology"},
	{"A0710", "an ordered merger reads streams with different numbers of partitions"},

	{"A0801", "a sub-topology cannot be built"},
	{"A0802", "two sub-topologies would have one name"},
	{"A0803", "sub-topologies wait for each other"},

	{"A0901", "a variable is not set"},
	{"A0902", "a variable is written wrong"},
	{"A0903", "a variable stands in an expression"},
	{"A0904", "a secret stands in the file"},
	{"A0905", "a secret cannot be read"},

	{"A1001", "a test gives events to a stream that is no input, or expects them of one that is"},
	{"A1002", "a value in a test does not fit the type of its stream"},
	{"A1003", "an event of a test is written wrong"},
	{"A1004", "a test expects of an operator what it cannot do"},
	{"A1005", "two tests have one name"},
	{"A1006", "the key of an event in a test cannot be made"},
}
