package certificate

import (
	"fmt"
	"strings"

	"github.com/lorabook/lorabook/internal/numerals"
	"github.com/lorabook/lorabook/internal/printable"
)

// Status is the outcome of a check.
type Status string

// The outcomes.
const (
	Agrees    Status = "agrees"
	Differs   Status = "differs"
	Unchecked Status = "unchecked" // it could not be checked, or was not asked for
)

// Check is one comparison with the certificate.
type Check struct {
	Name     string `json:"name"` // what was compared
	Status   Status `json:"status"`
	Expected string `json:"expected,omitempty"` // of a difference: the certificate's value
	Found    string `json:"found,omitempty"`    // of a difference: the value now
	Note     string `json:"note,omitempty"`     // what a difference means, why it was not checked, or what was compared
}

// Report is the outcome of a verification, in the order of the checks.
type Report struct {
	Run         string       `json:"run"`    // the run folder
	Digest      string       `json:"digest"` // of the certificate's bytes
	Certificate *Certificate `json:"-"`
	Checks      []Check      `json:"checks"`
}

// Count returns the number of checks with an outcome.
func (r *Report) Count(s Status) (n int) {
	for _, c := range r.Checks {
		if c.Status == s {
			n++
		}
	}
	return n
}

// Err returns an error if something differs; nil if all that was checked agrees.
func (r *Report) Err() error {
	if n := r.Count(Differs); n > 0 {
		return fmt.Errorf("verify: %s differs from its certificate in %s of %s checks", r.Run, numerals.Count(n), numerals.Count(len(r.Checks)))
	}
	return nil
}

// String lists the checks, a line for each, with two or three more lines for a difference.
func (r *Report) String() string {
	var text strings.Builder
	for _, c := range r.Checks { // values can be texts of files from others: each is kept in its line
		fmt.Fprintf(&text, "%-10s %s\n", c.Status, printable.Line(c.Name))
		for _, line := range []struct{ name, value string }{{"expected", c.Expected}, {"found", c.Found}, {"", c.Note}} {
			switch {
			case line.value == "":
			case line.name == "":
				fmt.Fprintf(&text, "           %s\n", printable.Line(line.value))
			default:
				fmt.Fprintf(&text, "           %-9s%s\n", line.name, printable.Line(line.value))
			}
		}
	}
	fmt.Fprintf(&text, "certificate %s\n%s: %s agree, %s differ, %s were not checked\n", r.Digest, printable.Line(r.Run),
		numerals.Count(r.Count(Agrees)), numerals.Count(r.Count(Differs)), numerals.Count(r.Count(Unchecked)))
	return text.String()
}

func (r *Report) agrees(note, format string, args ...any) {
	r.Checks = append(r.Checks, Check{Name: fmt.Sprintf(format, args...), Status: Agrees, Note: note})
}

func (r *Report) differs(name, expected, found, meaning string) {
	r.Checks = append(r.Checks, Check{Name: name, Status: Differs, Expected: expected, Found: found, Note: meaning})
}

func (r *Report) unchecked(name, reason string) {
	r.Checks = append(r.Checks, Check{Name: name, Status: Unchecked, Note: reason})
}

// compare adds a check of two texts.
func (r *Report) compare(name, expected, found, meaning string) {
	if expected == found {
		r.agrees("", "%s", name)
		return
	}
	r.differs(name, expected, found, meaning)
}

// String describes the certified result in a line.
func (c *Certificate) String() string {
	return printable.Line(fmt.Sprintf("%s; %s", resultText(c.Results), environmentName(c)))
}
