//go:build unix

package folder_test

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/folder"
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
			start := func() (cmd *exec.Cmd, tmp string) {
				cmd = exec.Command(os.Args[0], "-test.run=^TestKilled$")
				cmd.Env = append(os.Environ(), killedIn+"="+dir)
				if _, err := cmd.StdinPipe(); err != nil {
					t.Fatal(err)
				}
				out, err := cmd.StdoutPipe()
				if err != nil {
					t.Fatal(err)
				}
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				line, err := bufio.NewReader(out).ReadString('\n')
				if err != nil {
					t.Fatal(err)
				}
				return cmd, strings.TrimSpace(line)
			}
			killed, left := start()
			_ = killed.Process.Kill()
			_ = killed.Wait()
			if _, err := os.Stat(left); err != nil || !folder.IsTemporary(filepath.Base(left)) {
				t.Fatalf("the killed process left no temporary folder: %s (%v)", left, err)
			}
			running, kept := start() // it removes what was left
			defer func() {
				_ = running.Process.Kill()
				_ = running.Wait()
			}()
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
