package jupyter

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// install writes a kernel.json into the data folder.
func install(t *testing.T, data, name, text string) {
	t.Helper()
	dir := filepath.Join(data, "kernels", name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "kernel.json"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func argv0(name string) string {
	return `{"argv":["` + name + `","{connection_file}"],"display_name":"x","language":"go"}`
}

func TestFindKernelSpec(t *testing.T) {
	one, two, user, venv := t.TempDir(), t.TempDir(), t.TempDir(), t.TempDir()
	t.Setenv("JUPYTER_PATH", one+string(os.PathListSeparator)+two)
	t.Setenv("JUPYTER_DATA_DIR", user)
	t.Setenv("VIRTUAL_ENV", venv)
	install(t, two, "gonb", argv0("two"))
	install(t, user, "gonb", argv0("user"))
	install(t, user, "mine", argv0("user"))
	install(t, filepath.Join(venv, "share", "jupyter"), "python3", argv0("venv"))
	if err := os.MkdirAll(filepath.Join(one, "kernels", "gonb"), 0o755); err != nil { // without a kernel.json
		t.Fatal(err)
	}
	for name, want := range map[string]string{"gonb": "two", "GoNB": "two", "mine": "user", "python3": "venv"} {
		spec, err := FindKernelSpec(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if spec.Argv[0] != want {
			t.Errorf("%s comes from %s, want %s", name, spec.Dir, want)
		}
	}
	_, err := FindKernelSpec("julia")
	var missing *NotFoundError
	if !errors.As(err, &missing) || !slices.Contains(missing.Known, "gonb") || missing.Searched[0] != filepath.Join(one, "kernels") {
		t.Fatalf("got %v", err)
	}
	if n := strings.Count(err.Error(), "gonb"); n != 1 {
		t.Errorf("gonb is named %d times: %v", n, err)
	}
}

func TestReadKernelSpecRefuses(t *testing.T) {
	for text, problem := range map[string]string{
		"<html>":               "this is not a kernelspec",
		`{"display_name":"x"}`: `"argv"`,
		`{"argv":["a","b"]}`:   "{connection_file}",
		`{"argv":"a"}`:         "this is not a kernelspec",
		`{"argv":["{connection_file}"],"interrupt_mode":"shout"}`: `"shout"`,
	} {
		data := t.TempDir()
		install(t, data, "x", text)
		_, err := ReadKernelSpec(filepath.Join(data, "kernels", "x"))
		if err == nil || !strings.Contains(err.Error(), problem) || !strings.Contains(err.Error(), filepath.Join("x", "kernel.json")) {
			t.Errorf("%s: got %v, want %q", text, err, problem)
		}
	}
}

func TestCommandAndEnviron(t *testing.T) {
	spec := &KernelSpec{
		Dir:  "/specs/gonb",
		Argv: []string{"gonb", "--kernel={connection_file}", "{resource_dir}/x", "{other}"},
		Env: map[string]string{
			"PATH": "/ours:${PATH}", "A": "$HOME/x", "B": "a$$b", "C": "${NONE} $NONE ${HOME", "D": "$1 $ ${}", "E": "x$", "F": "${HOMEé}",
		},
	}
	if diff := cmp.Diff([]string{"gonb", "--kernel=/tmp/c.json", "/specs/gonb/x", "{other}"}, spec.Command("/tmp/c.json")); diff != "" {
		t.Error(diff)
	}
	// As Python's string.Template(value).safe_substitute(PATH="/bin", HOME="/home/me") has it.
	want := []string{
		"PATH=/bin", "HOME=/home/me", "EMPTY=",
		"A=/home/me/x", "B=a$b", "C=${NONE} $NONE ${HOME", "D=$1 $ ${}", "E=x$", "F=${HOMEé}", "PATH=/ours:/bin",
	}
	if diff := cmp.Diff(want, spec.Environ([]string{"PATH=/bin", "HOME=/home/me", "EMPTY="})); diff != "" {
		t.Error(diff)
	}
}
