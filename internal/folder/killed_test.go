//go:build unix

package folder_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/lorabook/lorabook/internal/folder"
	"github.com/lorabook/lorabook/internal/testenv"
)

// killedIn is the folder that the process of TestKilled writes.
const killedIn = "LORABOOK_TEST_KILLED_IN"

// What a killed process was writing, beside its folder or in it, is removed by the next writer; what a
// running one writes stays.
func TestKilled(t *testing.T) {
	owned := folder.Owned{Files: []string{"x"}, Marker: "x"}
	block := func(tmp string) error {
		if err := put("x")(tmp); err != nil {
			return err
		}
		os.Stdout.WriteString(tmp + "\n")
		_, err := os.Stdin.Read(make([]byte, 1))
		return err
	}
	if dir := os.Getenv(killedIn); dir != "" {
		t.Fatal(folder.Update(dir, owned, block)) // as Create, where dir does not exist
	}
	for name, existing := range map[string]bool{"Create": false, "Update": true} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "model")
			if existing {
				if err := os.Mkdir(dir, 0o755); err != nil {
					t.Fatal(err)
				}
			}
			start := func() (*exec.Cmd, string) {
				return testenv.StartChild(t, []string{"-test.run=^TestKilled$"}, killedIn+"="+dir)
			}
			killed, left := start()
			_ = killed.Process.Kill()
			_ = killed.Wait()
			if _, err := os.Stat(left); err != nil || !folder.IsTemporary(filepath.Base(left)) {
				t.Fatalf("the killed process left no temporary folder: %s (%v)", left, err)
			}
			_, kept := start() // it removes what was left
			if err := folder.Update(dir, owned, put("x")); err != nil {
				t.Fatal(err)
			}
			if _, err := os.Stat(left); !os.IsNotExist(err) {
				t.Errorf("%s stays (%v)", left, err)
			}
			if _, err := os.Stat(kept); err != nil {
				t.Errorf("the folder of a running process is gone: %v", err)
			}
		})
	}
}
