package runfolder

import (
	"errors"
	"io/fs"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDamagedFilesAreNamed(t *testing.T) {
	r := newRun(t)
	for name, test := range map[string]struct {
		content string
		line    int
		says    string
	}{
		"empty":      {"", 0, "the file is empty"},
		"blank":      {" \n\n", 0, "the file is empty"},
		"null":       {"null\n", 0, "null"},
		"torn":       {"{\n  \"learning_rate\": 1,\n  \"cou", 3, "incomplete"},
		"no JSON":    {"<!DOCTYPE html>\n", 1, "invalid character '<'"},
		"two values": {"{\"count\": 1}\n{\"count\": 2}\n", 1, "more text after the end"},
		"wrong type": {"{\n\n\"count\": \"many\"}", 3, "count is a JSON string, expected int"},
		"wrong kind": {"[1]", 1, "the value is a JSON array"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(r.Path(ReportFile), []byte(test.content), 0o644); err != nil {
				t.Fatal(err)
			}
			var v steps
			err := r.Read(ReportFile, &v)
			var damaged *DamagedError
			if !errors.As(err, &damaged) || damaged.Line != test.line || damaged.File != r.Path(ReportFile) {
				t.Fatalf("error is %v, expected a *DamagedError of line %d", err, test.line)
			}
			if !strings.Contains(err.Error(), test.says) || !strings.Contains(err.Error(), "delete it") {
				t.Errorf("error is %v, expected it to say %q and the remedy", err, test.says)
			}
		})
	}
}

func TestFileOfALaterVersionIsRead(t *testing.T) {
	r := newRun(t)
	if err := os.WriteFile(r.Path(ReportFile), []byte(`{"count": 3, "new": {"a": 1}}`), 0o644); err != nil {
		t.Fatal(err)
	}
	var v steps
	if err := r.Read(ReportFile, &v); err != nil || v.Count != 3 {
		t.Errorf("%+v, %v", v, err)
	}
}

func TestFailedWriteKeepsTheFile(t *testing.T) {
	r := newRun(t)
	if err := r.Write(ReportFile, steps{Count: 5}); err != nil {
		t.Fatal(err)
	}
	if err := r.Write(ReportFile, steps{Rate: math.NaN()}); err == nil || !strings.Contains(err.Error(), ReportFile) {
		t.Errorf("error is %v", err)
	}
	var v steps
	if err := r.Read(ReportFile, &v); err != nil || v.Count != 5 {
		t.Errorf("%+v, %v", v, err)
	}
	if err := r.Read(BaselineFile, &v); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the error for a missing file is %v", err)
	}
}

func TestDiffJSON(t *testing.T) {
	for _, test := range []struct {
		name, folder, now string
		want              []Change
	}{
		{"same number in another notation", `{"a":1e-3,"b":1}`, `{"a":0.001,"b":1.0}`, nil},
		{"order of fields", `{"a":1,"b":{"c":2,"d":3}}`, `{"b":{"d":3,"c":2},"a":1}`, nil},
		{"seeds beyond float64", `{"s":9007199254740993}`, `{"s":9007199254740992}`, []Change{{"s", "9007199254740993", "9007199254740992"}}},
		{"lists of different lengths", `{"l":[1,2]}`, `{"l":[1]}`, []Change{{"l", "[1,2]", "[1]"}}},
		{"nil and empty list", `{"l":null}`, `{"l":[]}`, nil},
		{"null and false are equal", `{"l":null}`, `{"l":false}`, nil},
		{"zero and false are not", `{"l":0}`, `{"l":false}`, []Change{{"l", "0", "false"}}},
		{"objects in lists", `{"l":[{"a":1},{"a":2}]}`, `{"l":[{"a":1},{"a":3}]}`, []Change{{"l[1].a", "2", "3"}}},
		{"dropped field", `{"a":{"b":[1]}}`, `{}`, []Change{{"a", `{"b":[1]}`, "absent"}}},
		{"another type", `{"a":"1"}`, `{"a":1}`, []Change{{"a", `"1"`, "1"}}},
		{"no object", `1`, `2`, []Change{{"the value", "1", "2"}}},
		{"sorted", `{"b":1,"a":1,"c":{"x":1}}`, `{"b":2,"a":2,"c":{"x":2}}`, []Change{{"a", "1", "2"}, {"b", "1", "2"}, {"c.x", "1", "2"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := diffJSON([]byte(test.folder), []byte(test.now))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			back, err := diffJSON([]byte(test.now), []byte(test.folder))
			if err != nil || len(back) != len(got) {
				t.Errorf("in the other direction: %v, %v", back, err)
			}
		})
	}
}
