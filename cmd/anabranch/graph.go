package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/anabranch-go/anabranch/topology"
	"github.com/anabranch-go/anabranch/topology/draw"
)

func graphCommand() *cobra.Command {
	var output string
	command := &cobra.Command{
		Use:   "graph FILE",
		Short: "Draw a pipeline",
		Long: `Graph draws the streams and operators of a pipeline file on standard output: as mermaid, which GitHub shows, as dot for
Graphviz, as svg, or as json. FILE - is standard input.`,
		Args: arguments(1, 1, "one FILE"),
		RunE: func(c *cobra.Command, files []string) error {
			if err := oneOf("-o", output, "mermaid", "dot", "svg", "json"); err != nil {
				return err
			}
			return graph(c.OutOrStdout(), files[0], output)
		},
	}
	command.Flags().StringVarP(&output, "output", "o", "mermaid", "draw as `mermaid, dot, svg or json`")
	return command
}

// graph draws one file.
func graph(w io.Writer, file, output string) error {
	p, err := load(file, topology.Options{})
	if err != nil {
		return err
	}
	var picture string
	switch output {
	case "mermaid":
		picture = draw.Mermaid(p)
	case "dot":
		picture = draw.DOT(p)
	case "svg":
		picture = draw.SVG(p)
	case "json":
		data, err := draw.JSON(p)
		if err != nil {
			return fmt.Errorf("draw %s: %w", file, err)
		}
		picture = string(data)
	}
	_, err = io.WriteString(w, picture)
	return err
}
