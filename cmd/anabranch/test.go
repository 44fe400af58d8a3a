package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"regexp"

	"github.com/spf13/cobra"

	"github.com/anabranch-go/anabranch/runtime/client"
	"github.com/anabranch-go/anabranch/runtime/testdriver"
	"github.com/anabranch-go/anabranch/topology"
	"github.com/anabranch-go/anabranch/topology/diagnostic"
)

// testFlags are those of test.
type testFlags struct {
	run             string
	chosen          *regexp.Regexp // nil: all
	seeds           int
	seed            uint64
	watch, coverage bool
	output          string
}

// seedsMax is with how many seeds a test can be run.
const seedsMax = 100_000

func testCommand() *cobra.Command {
	var f testFlags
	command := &cobra.Command{
		Use:   "test FILE...",
		Short: "Run the tests of pipeline files, in memory",
		Long: `Test runs the tests: of pipeline files, with no broker: the whole pipeline, over topics with several partitions, and with
several seeds, each of which is another order of arrival. A test holds if it holds with every seed. It exits 65 where a test
fails and 78 where a file is wrong.`,
		Args: arguments(1, 0, "one FILE or more"),
		RunE: func(c *cobra.Command, files []string) error {
			if err := f.check(c, files); err != nil {
				return err
			}
			if f.watch {
				return watch(c.Context(), c.OutOrStdout(), files, f)
			}
			_, err := test(c.Context(), c.OutOrStdout(), files, f)
			return err
		},
	}
	flags := command.Flags()
	flags.StringVar(&f.run, "run", "", "run only the tests whose names match `REGEX`")
	flags.IntVar(&f.seeds, "seeds", testdriver.SeedsDefault, "run each test with so many seeds, `N`")
	flags.Uint64Var(&f.seed, "seed", 0, "run each test with the seed `S` alone")
	flags.BoolVar(&f.watch, "watch", false, "run again whenever a file or one of its schemas changes")
	flags.BoolVar(&f.coverage, "coverage", false, "print how many events leave each operator by each way")
	flags.StringVarP(&f.output, "output", "o", "human", "print `human, json or junit`")
	return command
}

func (f *testFlags) check(c *cobra.Command, files []string) (err error) {
	if err := oneOf("-o", f.output, "human", "json", "junit"); err != nil {
		return err
	}
	if f.seeds < 1 || f.seeds > seedsMax {
		return usagef("--seeds %d: want 1 to %d", f.seeds, seedsMax)
	}
	if c.Flags().Changed("seed") && f.seed == 0 {
		return usagef("--seed 0: seeds count from 1")
	}
	if f.seed != 0 && c.Flags().Changed("seeds") {
		return usagef("--seed and --seeds: want one of them; --seed is for one seed that is known")
	}
	if f.chosen, err = regexp.Compile(f.run); err != nil {
		return usagef("--run %q: %v", f.run, err)
	}
	if !f.watch {
		return nil
	}
	if f.output != "human" {
		return usagef("--watch prints for people; take -o %s away", f.output)
	}
	for _, file := range files {
		if file == standardInput {
			return usagef("--watch: standard input cannot be read again")
		}
	}
	return nil
}

// list are the seeds to run with.
func (f *testFlags) list() []uint64 {
	if f.seed != 0 {
		return []uint64{f.seed}
	}
	return testdriver.Seeds(f.seeds)
}

// tested is what came of the tests of one file.
type tested struct {
	file     string
	pipeline *topology.Pipeline // nil: the file is wrong
	problems diagnostic.Problems
	results  []testdriver.Result
	coverage *testdriver.Coverage // nil where only some tests were run
}

func (t *tested) failed() int {
	n := 0
	for i := range t.results {
		if !t.results[i].OK() {
			n++
		}
	}
	return n
}

// test runs the tests of files and prints what came of them.
func test(ctx context.Context, w io.Writer, files []string, f testFlags) ([]tested, error) {
	var out bytes.Buffer
	var all []tested
	code, ran := 0, 0
	for _, file := range files {
		t, err := testFile(ctx, file, f)
		if err != nil {
			return all, err
		}
		switch {
		case t.pipeline == nil:
			code = exitConfig
		case t.failed() > 0 && code == 0:
			code = exitData
		}
		ran += len(t.results)
		if f.output == "human" {
			(&testPrinter{w: &out, colour: coloured(w), table: f.coverage}).file(&t)
		}
		all = append(all, t)
	}
	if ran == 0 && f.run != "" && code == 0 {
		return all, usagef("--run %q: no test has such a name", f.run)
	}
	var err error
	switch f.output {
	case "json":
		err = writeTestsJSON(&out, all)
	case "junit":
		err = writeJUnit(&out, all)
	}
	if err == nil {
		_, err = out.WriteTo(w)
	}
	if err == nil && code != 0 {
		err = &status{code: code}
	}
	return all, err
}

// testFile runs the tests of one file. The error says why it cannot be read; that it is wrong is told in tested.
func testFile(ctx context.Context, file string, f testFlags) (tested, error) {
	t := tested{file: shown(file)}
	p, err := load(file, topology.Options{Partitioner: client.Partition})
	if err != nil && !errors.As(err, &t.problems) {
		return t, err
	}
	if t.pipeline = p; p == nil {
		return t, nil
	}
	driver := testdriver.New(p)
	for i := range p.Tests {
		if ctx.Err() != nil {
			return t, ctx.Err()
		}
		if f.chosen.MatchString(p.Tests[i].Name) {
			t.results = append(t.results, driver.Run(&p.Tests[i], f.list()))
		}
	}
	if len(t.results) == len(p.Tests) {
		t.coverage = driver.Coverage()
	}
	return t, nil
}
