package main

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/data"
)

// TestWelch compares intervals with Student's quantiles from tables, 2.776445 for 4 degrees of
// freedom and 4.302653 for 2, and p-values with the closed forms for 4 and 2 degrees of freedom.
func TestWelch(t *testing.T) {
	for name, c := range map[string]struct {
		a, b             []float64
		value, low, high float64
		p                float64
	}{
		"equal variances":    {[]float64{1, 2, 3}, []float64{2, 3, 4}, -1, -1 - 2.776445*math.Sqrt(2./3), -1 + 2.776445*math.Sqrt(2./3), 0.287864},
		"one side is steady": {[]float64{1, 2, 3}, []float64{5, 5, 5}, -3, -3 - 4.302653*math.Sqrt(1./3), -3 + 4.302653*math.Sqrt(1./3), 0.035099},
		"both are steady":    {[]float64{1, 1}, []float64{1, 1}, 0, 0, 0, 1},
		"steady, different":  {[]float64{1, 1}, []float64{2, 2}, -1, -1, -1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := welch(c.a, c.b)
			if err != nil {
				t.Fatal(err)
			}
			for _, pair := range [][2]float64{{d.value, c.value}, {d.low, c.low}, {d.high, c.high}, {d.p, c.p}} {
				if math.Abs(pair[0]-pair[1]) > 1e-5 {
					t.Errorf("%+v, expected %+v", d, c)
				}
			}
		})
	}
	if _, err := welch([]float64{1}, []float64{1, 2}); err == nil {
		t.Error("one seed has no interval")
	}
}

// TestOrders: the halves share no product, labels are those of the products, and a second call
// writes the same files.
func TestOrders(t *testing.T) {
	dir := t.TempDir()
	table := filepath.Join(dir, "products.csv")
	var rows strings.Builder
	rows.WriteString("text,label\n")
	class := map[string]string{}
	for i := range 60 {
		name, label := "product "+string(rune('A'+i%26))+string(rune('a'+i/26)), string(rune('p'+i%5))
		class[name] = label
		rows.WriteString(name + "," + label + "\n")
	}
	if err := os.WriteFile(table, []byte(rows.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	var written [2][]byte
	for i := range written {
		out := filepath.Join(dir, string(rune('0'+i)))
		if err := writeOrders(t.Context(), data.Opener{}, table, out); err != nil {
			t.Fatal(err)
		}
		seen := map[string]string{}
		for _, file := range []struct {
			half string
			want int
		}{{"train", trainOrders}, {"test", testOrders}} {
			half := file.half
			content, err := os.ReadFile(filepath.Join(out, half+".jsonl"))
			if err != nil {
				t.Fatal(err)
			}
			written[i] = append(written[i], content...)
			lines := strings.Split(strings.TrimSpace(string(content)), "\n")
			if len(lines) != file.want {
				t.Errorf("%s: %d orders, expected %d", half, len(lines), file.want)
			}
			for _, line := range lines {
				var order struct {
					Text  string   `json:"text"`
					Label []string `json:"label"`
				}
				if err := json.Unmarshal([]byte(line), &order); err != nil {
					t.Fatal(err)
				}
				for i, name := range strings.Split(order.Text, "; ") {
					if order.Label[i] != class[name] {
						t.Fatalf("%s: expected the class %s for product %d", line, class[name], i)
					}
					if other, ok := seen[name]; ok && other != half {
						t.Fatalf("%q is in both halves", name)
					}
					seen[name] = half
				}
			}
		}
	}
	if !slices.Equal(written[0], written[1]) {
		t.Error("a second call writes other orders")
	}
}

// TestSentences: the halves share no name, types have B- and I- tags, and a second call writes the
// same files.
func TestSentences(t *testing.T) {
	var written [2]string
	for i := range written {
		out, seen := t.TempDir(), map[string]string{}
		if err := writeSentences(t.Context(), data.Opener{}, "", out); err != nil {
			t.Fatal(err)
		}
		for _, half := range []string{"train", "test"} {
			content, err := os.ReadFile(filepath.Join(out, half+".jsonl"))
			if err != nil {
				t.Fatal(err)
			}
			written[i] += string(content)
			for line := range strings.Lines(string(content)) {
				var r row
				if err := json.Unmarshal([]byte(line), &r); err != nil || len(r.Words) != len(r.Tags) || len(r.Words) == 0 {
					t.Fatalf("%s: %v", line, err)
				}
				for name := range namesOf(r) {
					if other, ok := seen[name]; ok && other != half {
						t.Fatalf("%q is in both halves", name)
					}
					seen[name] = half
				}
			}
		}
		if len(seen) < 4*namesPerType {
			t.Errorf("%d different names, expected most of %d", len(seen), 2*len(nameTypes)*namesPerType)
		}
	}
	if written[0] != written[1] {
		t.Error("a second call writes other sentences")
	}
}

// namesOf returns the names of a sentence with their types.
func namesOf(r row) map[string]string {
	names, name := map[string]string{}, ""
	for i, tag := range append(slices.Clone(r.Tags), "O") {
		if kind, inside := strings.CutPrefix(tag, "I-"); inside {
			name += " " + r.Words[i]
			names[name] = kind
			continue
		}
		if kind, begins := strings.CutPrefix(tag, "B-"); begins {
			name = r.Words[i]
			if next := append(r.Tags, "O")[i+1]; next != "I-"+kind {
				names[name] = kind
			}
		}
	}
	return names
}

// TestPeerRows: each task's targets as the peer's loss expects them.
func TestPeerRows(t *testing.T) {
	examples := []data.Example{{Text: "a", TextPair: "b", Label: 2, Labels: []int{0, 2}, Value: -1.5, Words: []string{"c", "d"}, Tags: []int{1, 0}}}
	for task, want := range map[data.Task]string{
		data.SingleLabel: `{"text":"a","text_pair":"b","label":2}`,
		data.MultiLabel:  `{"text":"a","text_pair":"b","label":[1,0,1]}`,
		data.Regression:  `{"text":"a","text_pair":"b","label":-1.5}`,

		data.TokenClassification: `{"words":["c","d"],"label":[1,0]}`,
	} {
		rows, err := peerRows(task, examples, 3)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := json.Marshal(rows[0]); err != nil || string(got) != want {
			t.Errorf("%s: %s (%v), expected %s", task, got, err, want)
		}
	}
	if _, err := peerRows("other", examples, 3); err == nil {
		t.Error("an unknown task has no rows")
	}
}

// TestTables: equal and different sides, and recipes that differ.
func TestTables(t *testing.T) {
	m := measured{task: tasks[0], train: 600, test: 500}
	for i := range 3 {
		metric := 0.8 + 0.01*float64(i)
		m.pairs = append(m.pairs, pair{job{}, result{Metric: metric, Loss: 1 + metric, Steps: 9, Trained: 5}, result{Metric: metric + 0.01, Loss: metric, Steps: 9, Trained: 5}})
	}
	results, err := resultsTable([]measured{m})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| 80.0, 81.0, 82.0 | 81.0, 82.0, 83.0 | 81.0 ± 1.0 | 82.0 ± 1.0 | -1.0 (-3.3 to +1.3) | 0.29 | yes |",
		"| +1.000 (+0.977 to +1.023) | under 0.01 | no |",
	} {
		if !strings.Contains(results, want) {
			t.Errorf("no %q in\n%s", want, results)
		}
	}
	if setup, err := setupTable([]measured{m}); err != nil || !strings.Contains(setup, "| 600, 500 | 9 | 5 |") {
		t.Errorf("%v\n%s", err, setup)
	}
	m.pairs[0].peer.Steps = 10
	if _, err := setupTable([]measured{m}); err == nil || !strings.Contains(err.Error(), "recipes differ") {
		t.Errorf("%v, expected an error", err)
	}
}

// TestTasks: names are unique, each task has a recipe, and --only selects by name.
func TestTasks(t *testing.T) {
	names := taskNames()
	slices.Sort(names)
	if len(slices.Compact(names)) != len(tasks) {
		t.Errorf("two tasks have one name: %v", names)
	}
	for _, task := range tasks {
		e := task.recipe(3).experiment("model", "source", task)
		e, err := e.WithDefaults()
		if err = errors.Join(err, e.Validate()); err != nil {
			t.Errorf("%s: %v", task.name, err)
		}
		if task.generate != nil && e.Data.Columns != (data.Columns{}) {
			t.Errorf("%s: %+v: a generated data set has columns of the usual names", task.name, e.Data.Columns)
		}
		if e.Seed != 3 || e.Data.Seed != dataSeed {
			t.Errorf("%s: seeds %d and %d", task.name, e.Seed, e.Data.Seed)
		}
	}
	if chosen, err := (settings{only: []string{"pairs"}}).chosen(); err != nil || len(chosen) != 1 || chosen[0].name != "pairs" {
		t.Errorf("%v, %v", chosen, err)
	}
	if _, err := (settings{only: []string{"pair"}}).chosen(); err == nil || !strings.Contains(err.Error(), "single-label") {
		t.Errorf("%v, expected the names", err)
	}
}

// TestJobs: a result belongs to its recipe and to its examples.
func TestJobs(t *testing.T) {
	folder, how := t.TempDir(), tasks[0].recipe(1)
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(trainFile, "a")
	write(testFile, "b")
	keys := map[string]bool{}
	add := func(how recipe) job {
		t.Helper()
		j, err := newJob("model", folder, how)
		if err != nil {
			t.Fatal(err)
		}
		if keys[j.Key] {
			t.Error("another job has the same key")
		}
		keys[j.Key] = true
		return j
	}
	first := add(how)
	if _, done, err := first.result(); done || err != nil {
		t.Errorf("done %t, %v, expected a job that is not done", done, err)
	}
	write(resultFile, `{"key": "`+first.Key+`", "result": {"metric": 0.5}}`)
	if r, done, err := first.result(); !done || err != nil || r.Metric != 0.5 {
		t.Errorf("%+v, done %t, %v", r, done, err)
	}
	how.Epochs++
	if _, done, err := add(how).result(); done || err != nil {
		t.Errorf("done %t, %v: the result belongs to another recipe", done, err)
	}
	write(testFile, "c")
	add(how)
	write(resultFile, "{")
	if _, _, err := first.result(); err == nil || !strings.Contains(err.Error(), resultFile) {
		t.Errorf("%v, expected an error that names the file", err)
	}
}
