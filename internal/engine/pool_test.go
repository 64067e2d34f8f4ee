package engine

import (
	"strings"
	"testing"

	"github.com/gomlx/compute"
)

// TestBoundedPools: however GOMLX_BACKEND says it, the Go backend gets no bounded pool,
// keeps its other options, and the reason says so.
func TestBoundedPools(t *testing.T) {
	for asked, want := range map[string]string{
		"go":                                  "go:parallelism=-1",
		"go:":                                 "go:parallelism=-1",
		"go:parallelism=2":                    "go:parallelism=-1",
		"go:parallelism=+3":                   "go:parallelism=-1",
		"go:ops_parallel":                     "go:ops_parallel,parallelism=-1",
		"go:parallelism=1,ops_sequential":     "go:ops_sequential,parallelism=-1",
		"go:parallelism=-1,parallelism=4":     "go:parallelism=-1",
		"go:creation_order,":                  "go:creation_order,parallelism=-1",
		"go:parallelism=-1":                   "",
		"go:parallelism=-5":                   "",
		"go:parallelism=0":                    "", // no pool at all
		"go:ops_sequential,parallelism=-1":    "",
		"go:parallelism=2,parallelism=-1":     "",
		"go:dependency_order,parallelism=-1,": "",
	} {
		t.Setenv("GOMLX_BACKEND", asked)
		e, err := Open()
		if err != nil {
			t.Errorf("%s: %v", asked, err)
			continue
		}
		changed := want != ""
		if !changed {
			want = asked
		}
		if e.Config != want || boundOf(e.Backend) > 0 {
			t.Errorf("%s: opened %s, %s", asked, e, e.Backend.Description())
		}
		if said := strings.Contains(e.Reason, asked+",") && strings.Contains(e.Reason, "GOMAXPROCS"); said != changed {
			t.Errorf("%s: the reason is %q", asked, e.Reason)
		}
	}
	for _, wrong := range []string{"go:parallelism=", "go:parallelism=two", "go: parallelism=2", "go:workers=2"} {
		t.Setenv("GOMLX_BACKEND", wrong)
		if e, err := Open(); err == nil || !strings.Contains(err.Error(), wrong) {
			t.Errorf("%s: opened %v, %v", wrong, e, err)
		}
	}
}

func TestCheckPool(t *testing.T) {
	for config, bounded := range map[string]bool{"go": true, "go:parallelism=2": true, "go:parallelism=-1": false, "go:parallelism=0": false} {
		backend, err := compute.NewWithConfig(config)
		if err != nil {
			t.Fatal(err)
		}
		if !InGo(backend) {
			t.Errorf("%s: not taken for the Go backend", config)
		}
		err = CheckPool(backend)
		if (err != nil) != bounded {
			t.Errorf("%s: %v", config, err)
		}
		if bounded && !strings.Contains(err.Error(), "go:parallelism=-1") {
			t.Errorf("%s: the error does not say what to do: %v", config, err)
		}
	}
}
