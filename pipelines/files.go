// Package pipelines holds the example pipelines, one a pattern. Their schemas are in package schemas.
package pipelines

import "embed"

// Files are the pipeline files of this folder.
//
//go:embed *.yaml
var Files embed.FS
