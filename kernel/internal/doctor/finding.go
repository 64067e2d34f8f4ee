package doctor

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// Status is the outcome of one check.
type Status string

// The three outcomes.
const (
	OK      Status = "ok"
	Warn    Status = "warn"    // notebooks run without it, but slower or with less
	Missing Status = "missing" // notebooks do not run without it
)

// Finding is the result of one check.
type Finding struct {
	Name   string `json:"name"`
	Status Status `json:"status"`
	Detail string `json:"detail"`
	Remedy string `json:"mend,omitempty"` // a command if possible
}

// Report contains the results of all checks, in the order of their dependencies.
type Report struct {
	Findings []Finding `json:"findings"`
}

// MissingError reports missing requirements, without which notebooks do not run.
type MissingError struct{ Names []string }

// Error implements error.
func (e *MissingError) Error() string {
	return "notebooks do not run on this machine; missing: " + strings.Join(e.Names, ", ")
}

// Err returns a [*MissingError] if something is missing that notebooks need.
func (r *Report) Err() error {
	var names []string
	for _, f := range r.Findings {
		if f.Status == Missing {
			names = append(names, f.Name)
		}
	}
	if names == nil {
		return nil
	}
	return &MissingError{names}
}

// Print writes the report as aligned lines, each followed by its remedy.
func (r *Report) Print(out io.Writer) error {
	width := 0
	for _, f := range r.Findings {
		width = max(width, len(f.Name))
	}
	for _, f := range r.Findings {
		if _, err := fmt.Fprintf(out, "%-7s  %-*s  %s\n", f.Status, width, f.Name, f.Detail); err != nil {
			return err
		}
		if f.Remedy == "" {
			continue
		}
		if _, err := fmt.Fprintf(out, "%*s  → %s\n", 7+2+width, "", f.Remedy); err != nil {
			return err
		}
	}
	return nil
}

// PrintJSON writes the report as a JSON object, with a field ok that is true if notebooks run here.
func (r *Report) PrintJSON(out io.Writer) error {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(struct {
		OK bool `json:"ok"`
		*Report
	}{r.Err() == nil, r})
}
