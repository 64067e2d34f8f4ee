package prefixcache

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/toytest"
)

// Damage anywhere in the file is detected. The states after it are computed again, and the
// result is that of undamaged states.
func TestDamage(t *testing.T) {
	dir := toytest.CacheDir(t)
	const all = 48 // one batch
	c := toy(t, all)
	if n := c.Batches.Len(); n != 1 {
		t.Fatalf("%d batches, expected 1", n)
	}
	want, _ := once(t, c)
	file := toytest.StatesFiles(t, dir)[0]
	sound, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(2, 2))
	for _, d := range []struct {
		name  string
		spoil func(b []byte) []byte
	}{
		{"cut short", func(b []byte) []byte { return b[:len(b)-1] }},
		{"empty", func(b []byte) []byte { return nil }},
		{"longer", func(b []byte) []byte { return append(b, 0) }},
		{"no magic", func(b []byte) []byte { b[0]++; return b }},
		{"another key", func(b []byte) []byte { b[len(magic)]++; return b }},
		{"seconds", func(b []byte) []byte { b[headerSize-sumSize-1]++; return b }},
		{"a value", func(b []byte) []byte { b[headerSize+rng.IntN(len(b)-headerSize)] ^= 4; return b }},
		{"a checksum", func(b []byte) []byte { b[len(b)-1]++; return b }},
	} {
		t.Run(d.name, func(t *testing.T) {
			if err := os.WriteFile(file, d.spoil(append([]byte(nil), sound...)), 0o644); err != nil {
				t.Fatal(err)
			}
			got, n := once(t, c)
			if expected := map[bool]int{true: 0, false: all}[d.name == "longer"]; n != expected || difference(t, got, want) != 0 {
				t.Errorf("the states of %d examples were computed, expected %d; logits differ by %v", n, expected, difference(t, got, want))
			}
			repaired, err := os.ReadFile(file)
			if err != nil || string(repaired[headerSize:]) != string(sound[headerSize:]) {
				t.Errorf("the file was not repaired (%v)", err)
			}
		})
	}
}

// A computation that is stopped or cut off resumes after its complete batches. The file
// appears only when it is complete.
func TestStopped(t *testing.T) {
	dir := toytest.CacheDir(t)
	const all = 240
	c := toy(t, all)
	if n := c.Batches.Len(); n < 3 {
		t.Fatalf("%d batches, expected at least 3", n)
	}
	want, _ := once(t, c)
	file := toytest.StatesFiles(t, dir)[0]
	sound, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		ctx, cancel := context.WithCancel(t.Context())
		c, counter := count(c)
		counter.Each = func(computed int) {
			if computed > 0 {
				cancel()
			}
		}
		_, err := Open(ctx, c)
		cancel()
		if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "hidden states of") || !strings.Contains(err.Error(), "240 examples") {
			t.Fatalf("the error of a stopped computation is %v", err)
		}
		if files := toytest.StatesFiles(t, dir); len(files) != 0 {
			t.Fatalf("%q exist before they are complete", files)
		}
	}
	part := strings.TrimSuffix(file, statesFile) + partFile
	begun, err := os.ReadFile(part)
	if err != nil || len(begun) < len(sound)/2 {
		t.Fatalf("%d of %d bytes are kept (%v)", len(begun), len(sound), err)
	}
	// A machine that loses power may leave the last batch half written.
	if err := os.WriteFile(part, begun[:len(begun)-99], 0o644); err != nil {
		t.Fatal(err)
	}
	got, n := once(t, c)
	if n == 0 || n >= all || difference(t, got, want) != 0 {
		t.Errorf("the states of %d of %d examples were computed; logits differ by %v", n, all, difference(t, got, want))
	}
	whole, err := os.ReadFile(file)
	if err != nil || string(whole[headerSize:]) != string(sound[headerSize:]) {
		t.Errorf("states that were computed in parts differ (%v)", err)
	}
	if _, err := os.Stat(part); err == nil {
		t.Errorf("%s is left", part)
	}
}
