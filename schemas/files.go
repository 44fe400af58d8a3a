package schemas

import "embed"

// Files are the schema files of the example pipelines.
//
//go:embed *.avsc
var Files embed.FS

// PipelineSchema is the JSON Schema of pipeline files, for editors.
//
//go:embed pipeline.v1.schema.json
var PipelineSchema []byte
