package main

import (
	"encoding/json"
	"fmt"
	goruntime "runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func versionCommand() *cobra.Command {
	var output string
	command := &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  arguments(0, 0, "no argument"),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := oneOf("-o", output, "human", "json"); err != nil {
				return err
			}
			b := build()
			if output == "json" {
				return json.NewEncoder(c.OutOrStdout()).Encode(b)
			}
			_, err := fmt.Fprintf(c.OutOrStdout(), "anabranch %s%s (%s, %s)\n", b.Version, b.commit(), b.Go, b.Platform)
			return err
		},
	}
	command.Flags().StringVarP(&output, "output", "o", "human", "print `human or json`")
	return command
}

// buildInfo is what the binary knows of its making.
type buildInfo struct {
	Version  string `json:"version"`
	Revision string `json:"revision,omitempty"`
	Modified bool   `json:"modified,omitempty"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func build() buildInfo {
	b := buildInfo{Version: "devel", Go: goruntime.Version(), Platform: goruntime.GOOS + "/" + goruntime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		b.Version = v
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Revision = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	return b
}

// commit is the revision as version prints it.
func (b *buildInfo) commit() string {
	if b.Revision == "" {
		return ""
	}
	text := " at " + b.Revision[:min(12, len(b.Revision))]
	if b.Modified {
		text += ", modified"
	}
	return text
}
