// Package pipelines holds the example pipelines, one a pattern. Their schemas are in package schemas.
package pipelines

import "embed"

// Files are the pipeline files of this folder, and events to feed them.
//
//go:embed *.yaml data/*.ndjson
var Files embed.FS
