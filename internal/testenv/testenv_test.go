package testenv

import "testing"

func TestGet(t *testing.T) {
	const name = "LORABOOK_TESTENV"
	if got := Get(t, name); got != "" {
		t.Errorf("%s is %q, expected no value", name, got)
	}
	t.Setenv(name, "somewhere")
	want := "somewhere"
	if testing.Short() {
		want = ""
	}
	if got := Get(t, name); got != want {
		t.Errorf("%s is %q, expected %q", name, got, want)
	}
}

func TestNeedsTime(t *testing.T) {
	ran := false
	t.Run("slow", func(t *testing.T) {
		NeedsTime(t, "this is the test of it")
		ran = true
	})
	if ran == testing.Short() {
		t.Errorf("ran is %t with -short %t", ran, testing.Short())
	}
}
