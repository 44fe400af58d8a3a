package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/anabranch-go/anabranch/runtime/acl"
	"github.com/anabranch-go/anabranch/topology"
)

// aclFlags are the flags of acls.
type aclFlags struct {
	output, principal string
	create, replay    bool
	audit             bool
}

func aclsCommand() *cobra.Command {
	var f aclFlags
	command := &cobra.Command{
		Use:   "acls FILE",
		Short: "Print the rights on Kafka that a pipeline needs, and no more",
		Long: `Acls prints, with no broker, the access control lists under which the workers of a pipeline run: those that they always
need, those that are useful, and those that --create-topics needs while topics are missing. Describe is implied by Read and Write.

Give them to the pipeline's user, as one who may:
  anabranch acls pipeline.yaml -o commands | sh`,
		Args: arguments(1, 1, "one FILE"),
		RunE: func(c *cobra.Command, files []string) error {
			if err := oneOf("-o", f.output, "human", "json", "commands"); err != nil {
				return err
			}
			return acls(c.OutOrStdout(), files[0], f)
		},
	}
	command.Flags().StringVarP(&f.output, "output", "o", "human", "print `human, json or commands` for kafka-acls.sh")
	command.Flags().StringVar(&f.principal, "principal", "", "`PRINCIPAL` that the commands are for (default User: and the user of kafka.sasl)")
	command.Flags().BoolVar(&f.create, "create-topics", false, "print commands for what --create-topics needs, too")
	command.Flags().BoolVar(&f.replay, "dlq-replay", false, "print what dlq replay --apply needs, too")
	command.Flags().BoolVar(&f.audit, "audit", false, "print what audit --count needs, too")
	return command
}

// acls prints the rights that one file needs.
func acls(w io.Writer, file string, f aclFlags) error {
	p, err := load(file, topology.Options{})
	if err != nil {
		return err
	}
	rules := acl.Of(p)
	if f.replay {
		rules = append(rules, acl.OfReplay(p)...)
	}
	if f.audit {
		rules = append(rules, acl.OfAudit(p)...)
	}
	switch f.output {
	case "json":
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		return encoder.Encode(rules)
	case "commands":
		return printACLCommands(w, p, rules, f)
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "NEEDED\tRESOURCE\tNAME\tOPERATION\tBECAUSE")
	for _, r := range rules {
		name := r.Name
		if r.Prefixed {
			name += "*"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", r.Need, r.Resource, name, r.Operation, r.Why)
	}
	return table.Flush()
}

func printACLCommands(w io.Writer, p *topology.Pipeline, rules []acl.Rule, f aclFlags) error {
	if f.principal == "" && p.Kafka.SASL != nil {
		f.principal = "User:" + p.Kafka.SASL.User
	}
	if f.principal == "" {
		return usagef("-o commands needs --principal, as User:%s: the file names no user in `kafka: {sasl: …}`", p.Name)
	}
	if !f.create {
		rules = slices.DeleteFunc(rules, func(r acl.Rule) bool { return r.Need == acl.CreateTopics })
	}
	for _, line := range acl.Commands(rules, p.Kafka.Brokers, f.principal) {
		if _, err := fmt.Fprintln(w, line); err != nil {
			return err
		}
	}
	return nil
}
