package runfolder

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// A withdrawn folder without other files is gone; one with other files stays.
func TestWithdrawRemovesTheFolder(t *testing.T) {
	failure := errors.New("no such model")
	for name, open := range map[string]func(root string) (*Folder, error){
		"Create": func(root string) (*Folder, error) { return Create(root, "run", "experiment", Environment{}) },
		"Join":   func(root string) (*Folder, error) { return Join(root, "run", "experiment", Environment{}) },
	} {
		for _, foreign := range []bool{false, true} {
			root := t.TempDir()
			r, err := open(root)
			if err != nil {
				t.Fatal(err)
			}
			if foreign {
				if err := os.WriteFile(r.Path(".mine"), nil, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if err := errors.Join(r.Withdraw(failure), r.Withdraw(failure), r.Close()); err != nil {
				t.Error(err)
			}
			if _, err := os.Stat(filepath.Join(root, "run")); (err == nil) != foreign {
				t.Errorf("%s, another file %v: %v", name, foreign, err)
			}
		}
	}
}

// Another process that works in the folder finds it, or makes it again.
func TestWithdrawBesideAnother(t *testing.T) {
	for range 15 {
		root := t.TempDir()
		var both sync.WaitGroup
		both.Go(func() {
			r, err := Join(root, "run", "experiment", Environment{})
			if err == nil {
				err = errors.Join(r.Withdraw(errors.New("no memory")), r.Close())
			}
			if err != nil {
				t.Error(err)
			}
		})
		both.Go(func() {
			r, err := Join(root, "run", "experiment", Environment{})
			if err != nil {
				t.Error(err)
				return
			}
			unlock, err := r.Lock(t.Context(), BaselineFile, nil)
			if err == nil {
				err = errors.Join(r.Write(BaselineFile, 7), unlock(), r.Close())
			}
			if err != nil {
				t.Error(err)
			}
		})
		both.Wait()
		r, err := Open(root, "run")
		if err != nil {
			t.Fatal(err)
		}
		var held int
		if err := r.Read(BaselineFile, &held); err != nil || held != 7 {
			t.Fatalf("%d, %v", held, err)
		}
	}
}
