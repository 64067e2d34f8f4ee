package adapters

import (
	"fmt"
	"strings"
)

// NameError says that an adapter cannot be called, or found, by a name.
type NameError struct {
	Name   string
	Reason string   // what was expected
	Names  []string // of the adapters that there are
}

// Error implements error, with the names that there are.
func (e *NameError) Error() string {
	there := "there is none"
	if len(e.Names) > 0 {
		there = "there are " + strings.Join(e.Names, ", ")
	}
	return fmt.Sprintf("adapters: adapter %q %s; %s", e.Name, e.Reason, there)
}

// RoomError says that an adapter does not fit beside the others, whose graph is
// compiled with the room that [New] or [Open] set aside.
type RoomError struct {
	Adapter string
	Field   string // as adapter_config.json names it, or "slots"
	Value   any
	Reason  string // what there is room for, and what to do
}

// Error implements error.
func (e *RoomError) Error() string {
	return fmt.Sprintf("adapters: no room for adapter %q: %s %v: %s", e.Adapter, e.Field, e.Value, e.Reason)
}

// hint ends the errors that more room would mend.
const hint = "name its configuration where the room is made"
