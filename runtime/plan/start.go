package plan

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/runtime/eos"
	"github.com/anabranch-go/anabranch/topology"
	"github.com/anabranch-go/anabranch/topology/fingerprint"
)

// ErrChanged is the error of a worker whose file may not go on from what its groups have committed.
var ErrChanged = errors.New("the pipeline is not what ran before")

// Admission is what a worker of sub needs to mark its positions, and to tell from which others it may go on:
// eos.Config's Mark and Admit. The error of admit is ErrChanged.
func Admission(p *topology.Pipeline, sub *topology.Sub) (mark string, admit func(mark string) error) {
	own, file := fingerprint.Of(p, sub), fileOf(p)
	to := own.Mark()
	return to.String(), func(mark string) error {
		from, err := fingerprint.ParseMark(mark)
		if err != nil {
			return refused(p, own.Group(), fingerprint.Drain, err.Error())
		}
		found := slices.DeleteFunc(fingerprint.Judge(from, to, file), func(f fingerprint.Finding) bool { return f.Class <= fingerprint.Rolling })
		if len(found) == 0 {
			return nil
		}
		var texts []string
		for _, f := range found {
			texts = append(texts, f.String())
		}
		return refused(p, own.Group(), fingerprint.Worst(found), strings.Join(texts, "; "))
	}
}

// fileOf describes all sub-topologies of p.
func fileOf(p *topology.Pipeline) []*fingerprint.Sub {
	var all []*fingerprint.Sub
	for _, sub := range p.Subs {
		all = append(all, fingerprint.Of(p, sub))
	}
	return all
}

// refused says why a worker does not go on, and what would.
func refused(p *topology.Pipeline, group string, class fingerprint.Class, why string) error {
	return fmt.Errorf("%w: group %s: %s; this is a %s: `anabranch plan %s` says what is to be done, and `anabranch apply` accepts it",
		ErrChanged, group, why, class, p.File)
}

// Check tells before anything is read whether workers of p may go on from what the groups of subs have committed: the
// error is ErrChanged. Beside what Admission finds, it refuses a group that has never run where another group of the
// pipeline, which the file names no more, has read the same topic: all of it would be done again.
func Check(ctx context.Context, cl *kgo.Client, p *topology.Pipeline, subs []*topology.Sub) error {
	admin := kadm.NewClient(cl)
	var fresh []*topology.Sub
	for _, sub := range subs {
		marks, err := marksOf(ctx, admin, p.Group(sub))
		if err != nil {
			return err
		}
		_, admit := Admission(p, sub)
		for _, one := range marks {
			if err := admit(one.mark); one.mark != "" && err != nil {
				return err
			}
		}
		if len(marks) == 0 {
			fresh = append(fresh, sub)
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	return checkFresh(ctx, admin, p, fresh)
}

// checkFresh looks for groups that have done the work of new ones before. What may not be looked at is passed over.
func checkFresh(ctx context.Context, admin *kadm.Client, p *topology.Pipeline, fresh []*topology.Sub) error {
	stale, err := staleGroups(ctx, admin, p)
	if err != nil {
		return nil
	}
	for _, group := range stale {
		marks, err := marksOf(ctx, admin, group)
		if err != nil {
			return err
		}
		for _, sub := range fresh {
			for _, one := range marks {
				if one.mark != "" && reads(sub, one.topic) {
					return refused(p, p.Group(sub), fingerprint.Rebuild, fmt.Sprintf("it begins at the start of topic %s, which group %s of this pipeline has read under another name", one.topic, group))
				}
			}
		}
	}
	return nil
}

// marked is the mark beside the position of one partition of a topic.
type marked struct{ topic, mark string }

// marksOf are those of all positions of a group, each once: none of a group that has no positions.
func marksOf(ctx context.Context, admin *kadm.Client, group string) ([]marked, error) {
	all, err := admin.FetchOffsets(ctx, group)
	if err == nil {
		err = all.Error()
	}
	if err != nil && !errors.Is(err, kerr.GroupIDNotFound) {
		return nil, fmt.Errorf("read the positions of group %s: %w", group, err)
	}
	var marks []marked
	all.Each(func(o kadm.OffsetResponse) {
		one := marked{o.Topic, eos.MarkIn(o.Metadata)}
		if o.At >= 0 && !slices.Contains(marks, one) {
			marks = append(marks, one)
		}
	})
	return marks, nil
}

// staleGroups are the groups that bear the name of p, and which no sub-topology of it uses.
func staleGroups(ctx context.Context, admin *kadm.Client, p *topology.Pipeline) ([]string, error) {
	listed, err := admin.ListGroups(ctx)
	if err != nil {
		return nil, fmt.Errorf("list the groups: %w", err)
	}
	used := map[string]bool{}
	for _, sub := range p.Subs {
		used[p.Group(sub)] = true
	}
	var stale []string
	for _, group := range listed.Groups() {
		sub, ours := strings.CutPrefix(group, p.Name+".")
		if ours && !strings.Contains(sub, ".") && !used[group] {
			stale = append(stale, group)
		}
	}
	slices.Sort(stale)
	return stale, nil
}

// reads tells whether topic is an input of sub.
func reads(sub *topology.Sub, topic string) bool {
	return slices.ContainsFunc(sub.Inputs, func(in *topology.Stream) bool { return slices.Contains(in.Topics, topic) })
}
