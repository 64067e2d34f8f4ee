package adapters

import (
	"fmt"
	"strings"
)

// NameError says that an adapter cannot have a name, or that no adapter has it.
type NameError struct {
	Name   string
	Reason string   // why, or what was expected
	Names  []string // of the adapters in the set
}

// Error implements error, with the names of the adapters in the set.
func (e *NameError) Error() string {
	names := "the set has no adapters"
	if len(e.Names) > 0 {
		names = "the set has " + strings.Join(e.Names, ", ")
	}
	return fmt.Sprintf("adapters: adapter %q %s; %s", e.Name, e.Reason, names)
}

// CapacityError says that an adapter has something for which a [Set] has no place. The places
// are fixed where the set is made, by [New] or [Open], since they are in the compiled graph.
type CapacityError struct {
	Adapter string
	Field   string // as adapter_config.json names it, or "slots"
	Value   any
	Reason  string // what was expected, and what to do
}

// Error implements error.
func (e *CapacityError) Error() string {
	return fmt.Sprintf("adapters: the set has no place for adapter %q: %s %v: %s", e.Adapter, e.Field, e.Value, e.Reason)
}
