package schemas

import "embed"

// Files are the schema files of the example pipelines.
//
//go:embed *.avsc
var Files embed.FS
