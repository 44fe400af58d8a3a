package topology

var fileGrammar = grammar{
	what: "a pipeline file",
	doc:  "A pipeline file declares streams, and operators between them. It holds one pipeline.",
	fields: []field{
		{name: "apiVersion", is: words("anabranch/v1"), need: true, doc: "The version of the language."},
		{name: "kind", is: words("Pipeline"), need: true, doc: "What the file declares."},
		{name: "name", is: simple(formText), need: true, doc: "The name of the pipeline. Consumer groups and transactional ids begin with it, so it stays what it is."},
		{name: "delivery", is: words("exactly_once").butLater("at_least_once"), otherwise: "exactly_once", doc: "How often an event has an effect."},
		{name: "kafka", is: keysOf(&kafkaGrammar), doc: "How to reach the cluster. `run` may say it instead."},
		{name: "streams", is: mapOf(keysOf(&streamGrammar)), doc: "The streams that have a topic, by name. A stream that only leads from one operator to the next need not be declared."},
		{name: "operators", is: mapOf(keysOf(nil)), need: true, doc: "The operators, by name."},
		{name: "on_error", is: keysOf(&onErrorGrammar), doc: "What becomes of events that cannot be processed. Without it, the first one stops the pipeline."},
		{name: "tests", is: listOf(keysOf(&testGrammar)), doc: "What comes out for what goes in. `anabranch test` runs them."},
	},
	later: []string{"vars", "moved_from", "lineage", "dlq", "commit", "transport", "validate"},
	hints: map[string]string{"version": "apiVersion", "stages": "operators", "steps": "operators", "topics": "streams", "errors": "on_error", "test": "tests"},
}

var onErrorGrammar = grammar{
	what: "`on_error`",
	doc:  "What becomes of events that cannot be processed, and of batches that fail as a whole.",
	fields: []field{
		{name: "retry", is: keysOf(&retryGrammar), doc: "How often a batch that failed as a whole is tried again."},
		{name: "dead_letter", is: simple(formText), doc: "The topic that takes the events that are rejected, with what was wrong in their headers. Without it, the first one stops the pipeline, and nothing is lost."},
		{name: "tolerance", is: simple(formPercent), otherwise: "no limit", doc: "The share of the input that may be rejected before the pipeline stops. It needs `dead_letter`."},
	},
	later: []string{"headers", "dlq.headers"},
	hints: map[string]string{"dlq": "dead_letter", "retries": "retry"},
}

var retryGrammar = grammar{
	what: "`retry`",
	doc:  "A batch that fails for another reason than one of its events is tried again.",
	fields: []field{
		{name: "attempts", is: number(1, RetryAttemptsMax), otherwise: "3", doc: "How often a batch is tried in all."},
		{name: "backoff", is: keysOf(&backoffGrammar), doc: "How long to wait in between."},
	},
}

var backoffGrammar = grammar{
	what: "`backoff`",
	doc:  "Each wait is twice as long as the one before.",
	fields: []field{
		{name: "initial", is: simple(formDuration), otherwise: "200ms", doc: "The first wait."},
		{name: "max", is: simple(formDuration), otherwise: "5s", doc: "The longest wait."},
		{name: "jitter", is: simple(formShare), otherwise: "0.2", doc: "The share of a wait that is random, so that workers do not try in step."},
	},
}

var kafkaGrammar = grammar{
	what: "`kafka`",
	doc:  "How to reach the cluster. A pipeline has one: a transaction cannot span two.",
	fields: []field{
		{name: "brokers", is: listOf(simple(formText)), need: true, doc: "Some of the brokers, as host:port. One entry may hold several with commas between, as a variable may."},
		{name: "tls", is: keysOf(&tlsGrammar).orElse(simple(formBoolean)), otherwise: "no encryption", doc: "Encrypt the connections. `true` trusts the system's certificates."},
		{name: "sasl", is: keysOf(&saslGrammar), otherwise: "no login", doc: "Who the client is."},
	},
	later: []string{"registry"},
	hints: map[string]string{"bootstrap": "brokers", "bootstrap_servers": "brokers", "bootstrap.servers": "brokers"},
}

var tlsGrammar = grammar{
	what: "`tls`",
	doc:  "The files of a connection's certificates, in PEM. Paths are relative to the pipeline file.",
	fields: []field{
		{name: "ca", is: simple(formText), otherwise: "the system's", doc: "Whom to trust."},
		{name: "cert", is: simple(formText), doc: "The client's certificate. It needs `key`."},
		{name: "key", is: simple(formText), doc: "The key of the client's certificate."},
		{name: "server_name", is: simple(formText), otherwise: "the broker's host", doc: "The name that the broker's certificate must have."},
	},
}

var saslGrammar = grammar{
	what: "`sasl`",
	doc:  "Who the client is.",
	fields: []field{
		{name: "mechanism", is: words("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512").butLater("OAUTHBEARER", "GSSAPI", "AWS_MSK_IAM"), need: true, doc: "How the client proves who it is."},
		{name: "user", is: simple(formText), need: true, doc: "The name of the user."},
		{name: "password", is: keysOf(&secretGrammar), need: true, doc: "Where the password is. It never stands in the file."},
	},
	hints: map[string]string{"username": "user"},
}

var secretGrammar = grammar{
	what: "a secret",
	doc:  "Where a secret is: in one of the two.",
	fields: []field{
		{name: "fromFile", is: simple(formText), doc: "The file that holds it, relative to the pipeline file."},
		{name: "fromEnv", is: simple(formText), doc: "The variable of the environment that holds it."},
	},
}
