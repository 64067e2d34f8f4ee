package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The command lists the mistakes without texts unless they are asked for, and reads a filled table.
func TestErrorsCommand(t *testing.T) {
	dir, table := toyRun(t), filepath.Join(t.TempDir(), "mistakes.csv")
	printed, err := command(t, "errors", dir, "-n", "3", "--out", table)
	if err != nil || !strings.HasSuffix(printed, "3 mistakes, the surest first\n") || strings.Count(printed, "\n") != 4 {
		t.Fatalf("%v\n%s", err, printed)
	}
	with, err := command(t, "errors", dir, "-n", "3", "--texts")
	if err != nil || strings.Count(with, "\n    ") != 3 {
		t.Errorf("%v\n%s", err, with)
	}
	text, err := os.ReadFile(table)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(table, []byte(strings.ReplaceAll(string(text), ",,\n", ",wrong label,\n")), 0o644); err != nil {
		t.Fatal(err)
	}
	if printed, err := command(t, "errors", "--filled", table); err != nil || !strings.Contains(printed, "3 of 3 mistakes have a kind: 3 wrong label\nwrong labels: 100.0 %") {
		t.Errorf("%v\n%s", err, printed)
	}
	for _, args := range [][]string{{}, {dir, "b"}, {"--filled", table, "--texts"}, {dir, "-n", "0"}, {dir, "--out", table}, {filepath.Join(dir, "none")}} {
		if _, err := command(t, append([]string{"errors"}, args...)...); err == nil {
			t.Errorf("%v: no error", args)
		}
	}
}
