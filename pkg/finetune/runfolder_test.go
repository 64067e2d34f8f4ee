package finetune

import "testing"

func newRun(t *testing.T) *RunFolder {
	t.Helper()
	r, err := CreateRun(t.TempDir(), "try", map[string]any{"seed": 1}, CurrentEnvironment("test"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}
