package runfolder

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/internal/versions"
)

// Machines are the environments that computed a result one after another, in the order of their first part.
// Those that compute the same numbers, by their engine, version, platform, processor and number of cores, count
// as one.
type Machines []Environment

// With returns the list with another environment, unless the list has it. Of its modules only those are kept
// that decide numbers.
func (m Machines) With(e Environment) Machines {
	e.Modules = versions.Of(e.Engine, e.Platform, e.Modules).Modules
	if slices.ContainsFunc(m, func(known Environment) bool { return len(known.differences(e)) == 0 }) {
		return m
	}
	return append(slices.Clone(m), e)
}

// Warning says that several machines computed the work, such as "evaluation", how they differ, and the effect;
// "" for one machine.
func (m Machines) Warning(work, effect string) string {
	if len(m) < 2 {
		return ""
	}
	var others []string
	for _, e := range m[1:] {
		others = append(others, strings.Join(m[0].differences(e), ", "))
	}
	return fmt.Sprintf("the %s was begun on one engine or machine and continued on another: %s. %s", work, strings.Join(others, "; "), effect)
}

// differences lists what can change the last digits of a number.
func (e Environment) differences(then Environment) []string {
	const of = "at first"
	before, after := versions.Of(e.Engine, e.Platform, e.Modules), versions.Of(then.Engine, then.Platform, then.Modules)
	list := before.Differences(after, of)
	list = append(list, versions.Difference("the processor", e.CPU, then.CPU, of)...)
	return append(list, versions.Difference("the number of cores", fmt.Sprint(e.Cores), fmt.Sprint(then.Cores), of)...)
}
