package bert_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/bert"
)

func TestRegisterModel(t *testing.T) {
	t.Chdir(t.TempDir())
	dir, broken := t.TempDir(), errors.New("no space")
	bert.RegisterModel("registered-model", func() (string, error) { return dir, nil })
	bert.RegisterModel("broken-model", func() (string, error) { return "", broken })
	if got, err := resolve("registered-model"); err != nil || got != dir {
		t.Errorf("Resolve gives %q, %v, want %q", got, err, dir)
	}
	if got, err := bert.Local("registered-model", bert.ResolveOptions{}); err != nil || got != dir {
		t.Errorf("Local gives %q, %v, want %q", got, err, dir)
	}
	if _, err := resolve("broken-model"); !errors.Is(err, broken) {
		t.Errorf("got %v, want the error of the registered function", err)
	}
	if _, err := bert.Resolve(context.Background(), "registered-model", bert.ResolveOptions{Revision: "main"}); err == nil || !strings.Contains(err.Error(), "revision") {
		t.Errorf("got %v, want an error about the revision", err)
	}
	if err := os.Mkdir("registered-model", 0o755); err != nil {
		t.Fatal(err)
	}
	if got, err := resolve("registered-model"); err != nil || got != "registered-model" {
		t.Errorf("Resolve gives %q, %v, want the folder of that name", got, err)
	}
	for name, register := range map[string]func(){
		"registered-model": func() { bert.RegisterModel("registered-model", func() (string, error) { return "", nil }) },
		"":                 func() { bert.RegisterModel("", func() (string, error) { return "", nil }) },
		"no function":      func() { bert.RegisterModel("no function", nil) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("RegisterModel did not panic")
				}
			}()
			register()
		})
	}
}
