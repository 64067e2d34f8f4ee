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

// Differences describes what the other machines have that the first has not, in one sentence without a full
// stop; "" for one machine.
func (m Machines) Differences() string {
	var others []string
	for _, e := range m[min(1, len(m)):] {
		others = append(others, strings.Join(m[0].differences(e), ", "))
	}
	return strings.Join(others, "; ")
}

// differences lists what can change the last digits of a number.
func (e Environment) differences(then Environment) []string {
	const of = "at first"
	before, after := versions.Of(e.Engine, e.Platform, e.Modules), versions.Of(then.Engine, then.Platform, then.Modules)
	list := before.Differences(after, of)
	list = append(list, versions.Difference("the processor", e.CPU, then.CPU, of)...)
	return append(list, versions.Difference("the number of cores", fmt.Sprint(e.Cores), fmt.Sprint(then.Cores), of)...)
}
