// Package versions compares what decides the last digits of a computation on two machines: the engine,
// its version, the platform and GoMLX's modules.
//
//	mine := versions.Of(backend.Description(), environment.Platform, environment.Modules)
//	differences := theirs.Differences(mine, "the sweep's")
package versions

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Versions are the versions of an engine.
type Versions struct {
	Engine   string            `json:"engine"`   // name and version
	Platform string            `json:"platform"` // system and architecture
	Modules  map[string]string `json:"modules,omitempty"`
}

// compared are the modules whose versions decide numbers.
var compared = []string{"github.com/gomlx/gomlx", "github.com/gomlx/compute", "github.com/gomlx/go-xla"}

// Of returns the versions of an engine from its description, the platform of the program and the
// versions of all its modules.
func Of(description, platform string, modules map[string]string) Versions {
	v := Versions{Engine: engineName(description), Platform: platform, Modules: map[string]string{}}
	for _, module := range compared {
		if version := modules[module]; version != "" {
			v.Modules[module] = version
		}
	}
	return v
}

// engineVersion is the version of a PJRT plugin in the description of an engine.
var engineVersion = regexp.MustCompile(`\bv[0-9][0-9.]*`)

// engineName returns the name of an engine and of its device, and its version,
// without what differs between machines: "xla:cpu v0.106".
func engineName(description string) string {
	name, _, _ := strings.Cut(description, " - ")
	name, _, _ = strings.Cut(name, " (")
	return strings.TrimSpace(name + " " + engineVersion.FindString(description))
}

// Differences lists the differences of a worker's versions, mine, from v. of names the owner of v, as
// in "the sweep's". A module whose version one of them does not know is not compared: a program that
// is built in a workspace does not know it.
func (v Versions) Differences(mine Versions, of string) (list []string) {
	differ := func(what, theirs, mine string) { list = append(list, Difference(what, theirs, mine, of)...) }
	differ("the engine", v.Engine, mine.Engine)
	differ("the platform", v.Platform, mine.Platform)
	for _, module := range slices.Sorted(maps.Keys(v.Modules)) {
		if other, known := mine.Modules[module]; known {
			differ(module, v.Modules[module], other)
		}
	}
	return list
}

// Difference describes the difference of two values: an empty list if they are equal.
func Difference(what, theirs, mine, of string) []string {
	if theirs == mine {
		return nil
	}
	return []string{fmt.Sprintf("%s is %q, %s %q", what, mine, of, theirs)}
}
