package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/anabranch-go/anabranch/topology/diagnostic"
)

// The parts of SARIF 2.1.0 (OASIS) that check -o sarif prints.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool        sarifTool         `json:"tool"`
		ColumnKind  string            `json:"columnKind"`
		Invocations []sarifInvocation `json:"invocations"`
		Results     []sarifResult     `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name           string      `json:"name"`
		Version        string      `json:"version"`
		InformationURI string      `json:"informationUri"`
		Rules          []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID               string    `json:"id"`
		ShortDescription sarifText `json:"shortDescription"`
		FullDescription  sarifText `json:"fullDescription"`
		Help             sarifText `json:"help"`
	}
	sarifText struct {
		Text     string `json:"text"`
		Markdown string `json:"markdown,omitempty"`
	}
	sarifInvocation struct {
		Successful    bool                `json:"executionSuccessful"`
		Notifications []sarifNotification `json:"toolExecutionNotifications,omitempty"`
	}
	sarifNotification struct {
		Level   string    `json:"level"`
		Message sarifText `json:"message"`
	}
	sarifResult struct {
		RuleID       string            `json:"ruleId"`
		RuleIndex    int               `json:"ruleIndex"`
		Level        string            `json:"level"`
		Message      sarifText         `json:"message"`
		Locations    []sarifLocation   `json:"locations"`
		Fingerprints map[string]string `json:"partialFingerprints"`
		Fixes        []sarifFix        `json:"fixes,omitempty"`
	}
	sarifLocation struct {
		Physical sarifPlace `json:"physicalLocation"`
	}
	sarifPlace struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   *sarifRegion  `json:"region,omitempty"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine   int        `json:"startLine"`
		StartColumn int        `json:"startColumn"`
		EndColumn   int        `json:"endColumn"`
		Snippet     *sarifText `json:"snippet,omitempty"`
	}
	sarifFix struct {
		Description sarifText     `json:"description"`
		Changes     []sarifChange `json:"artifactChanges"`
	}
	sarifChange struct {
		Artifact     sarifArtifact      `json:"artifactLocation"`
		Replacements []sarifReplacement `json:"replacements"`
	}
	sarifReplacement struct {
		Deleted  sarifRegion `json:"deletedRegion"`
		Inserted sarifText   `json:"insertedContent"`
	}
)

// printSARIF prints what was found in all files as one run.
func printSARIF(w io.Writer, found []finding) error {
	run := sarifRun{
		Tool: sarifTool{sarifDriver{
			Name: "anabranch", Version: build().Version, InformationURI: "https://github.com/anabranch-go/anabranch", Rules: []sarifRule{},
		}},
		ColumnKind:  "unicodeCodePoints",
		Invocations: []sarifInvocation{{Successful: true}},
		Results:     []sarifResult{},
	}
	rules := map[string]int{}
	seen := map[string]int{}
	for _, f := range found {
		if f.unreadable != nil {
			i := &run.Invocations[0]
			i.Successful = false
			i.Notifications = append(i.Notifications, sarifNotification{"error", sarifText{Text: f.unreadable.Error()}})
		}
		for i := range f.problems {
			p := &f.problems[i]
			at, known := rules[p.Code]
			if !known {
				at = len(run.Tool.Driver.Rules)
				rules[p.Code] = at
				run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, ruleOf(p.Code))
			}
			result := resultOf(p, at)
			print := fingerprint(p)
			seen[print]++
			result.Fingerprints = map[string]string{"problem/v1": fmt.Sprintf("%s:%d", print, seen[print])}
			run.Results = append(run.Results, result)
		}
	}
	return writeJSON(w, sarifLog{Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0", Runs: []sarifRun{run}})
}

func ruleOf(id string) sarifRule {
	code, _ := diagnostic.Lookup(id)
	e := code.Explain()
	markdown := e.Text
	if e.Wrong != "" {
		markdown += fmt.Sprintf("\n\nWrong:\n\n```yaml\n%s\n```\n\nRight:\n\n```yaml\n%s\n```\n", e.Wrong, e.Right)
	}
	return sarifRule{ID: id, ShortDescription: sarifText{Text: code.Meaning}, FullDescription: sarifText{Text: e.Text}, Help: sarifText{e.Text, markdown}}
}

func resultOf(p *diagnostic.Problem, rule int) sarifResult {
	artifact := sarifArtifact{uriOf(p.File)}
	text := p.What
	if p.Remedy != "" {
		text += "; " + p.Remedy
	}
	r := sarifResult{RuleID: p.Code, RuleIndex: rule, Level: p.Severity(), Message: sarifText{Text: text}}
	place := sarifPlace{Artifact: artifact}
	if p.Line > 0 {
		region := sarifRegion{StartLine: p.Line, StartColumn: p.Column, EndColumn: p.Column + max(p.Width, 1)}
		if replacement, ok := p.Replacement(); ok {
			r.Fixes = []sarifFix{{sarifText{Text: p.Remedy}, []sarifChange{{artifact, []sarifReplacement{{region, sarifText{Text: replacement}}}}}}}
		}
		if p.Source != "" {
			region.Snippet = &sarifText{Text: p.Source}
		}
		place.Region = &region
	}
	r.Locations = []sarifLocation{{place}}
	return r
}

// fingerprint tells a problem from the others of its file wherever it moves: no line number is in it.
func fingerprint(p *diagnostic.Problem) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{p.Code, p.File, p.What, strings.TrimSpace(p.Source)}, "\x00")))
	return hex.EncodeToString(sum[:8])
}

// uriOf is the file as SARIF names it: relative to where check ran, or absolute.
func uriOf(file string) string {
	u := url.URL{Path: filepath.ToSlash(file)}
	if filepath.IsAbs(file) {
		u.Scheme = "file"
	}
	return u.String()
}
