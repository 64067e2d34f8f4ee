package faults

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/pkg/classify"
)

var (
	calls = flag.Int("calls", 2000, "calls of Classify in TestSoak")
	opens = flag.Int("opens", 20, "models that TestSoak opens and closes")
)

// usage is what a process holds.
type usage struct {
	heap                    int64 // bytes after garbage collection
	resident                int64 // bytes in memory, of engines as well; 0 on other systems than Linux
	goroutines, descriptors int
}

func (u usage) String() string {
	return fmt.Sprintf("%d KiB of heap, %d MiB resident, %d goroutines, %d descriptors", u.heap>>10, u.resident>>20, u.goroutines, u.descriptors)
}

// used measures the process once its goroutines that are about to end have ended.
func used(t *testing.T, most int) usage {
	t.Helper()
	for range 200 {
		if most == 0 || runtime.NumGoroutine() <= most {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	runtime.GC() // twice: finalizers run after the first
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	descriptors, _ := os.ReadDir("/proc/self/fd") // none on other systems than Linux
	var pages, resident int64
	if text, err := os.ReadFile("/proc/self/statm"); err == nil {
		if _, err := fmt.Sscan(string(text), &pages, &resident); err != nil {
			t.Fatal(err)
		}
	}
	return usage{int64(m.HeapAlloc), resident * int64(os.Getpagesize()), runtime.NumGoroutine(), len(descriptors)}
}

// flat requires that a process holds no more than before. Memory may grow by a constant: what is
// pooled, and which pages the allocators keep, depends on the scheduler.
func flat(t *testing.T, what string, before usage) {
	t.Helper()
	const heapSlack, residentSlack = 4 << 20, 64 << 20
	after := used(t, before.goroutines)
	t.Logf("%s: before %v, after %v", what, before, after)
	if after.heap > before.heap+heapSlack || after.resident > before.resident+residentSlack ||
		after.goroutines > before.goroutines || after.descriptors > before.descriptors {
		t.Errorf("%s: the process holds more: %v before, %v after", what, before, after)
	}
}

// TestSoak: calls of Classify with texts of every length, and models that are opened and closed,
// leave memory, goroutines and descriptors as they were, and the answers equal to the bit.
func TestSoak(t *testing.T) {
	testenv.NeedsTime(t, "it trains, and classifies thousands of texts")
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	dir := filepath.Join(t.TempDir(), "run")
	if cmd, out := victim(t, dir, variants(t)["LoRA"]); cmd.Run() != nil {
		t.Fatal(out)
	}
	open := func() *classify.Classifier {
		c, err := classify.Open(t.Context(), "", dir, classify.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	text := func(rng *rand.Rand) string {
		words := make([]string, 1+rng.IntN(30))
		for i := range words {
			words[i] = string(rune('a' + rng.IntN(11)))
		}
		return strings.Join(words, " ")
	}
	probe := []string{"a k b k", "a", "c d e f g h"}
	answers := func(c *classify.Classifier, texts []string) string {
		found, err := c.Classify(t.Context(), texts)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(found)
	}
	c := open()
	want := answers(c, probe)
	printed := time.Now()
	report := func(done int, what string) { // a long run may be ended before its summary
		if testing.Verbose() && time.Since(printed) > time.Minute {
			fmt.Printf("%d %s: %v\n", done, what, used(t, 0))
			printed = time.Now()
		}
	}
	classified := func(n int, seed uint64) {
		rng := rand.New(rand.NewPCG(seed, 0))
		for i := range n {
			report(i, "calls of Classify")
			texts := make([]string, 1+rng.IntN(8))
			for i := range texts {
				texts[i] = text(rng)
			}
			answers(c, texts)
		}
	}
	classified(max(200, *calls/10), 1) // compiles the programs of every shape
	before := used(t, 0)
	classified(*calls, 2)
	flat(t, fmt.Sprintf("%d calls of Classify", *calls), before)
	if got := answers(c, probe); got != want {
		t.Errorf("the answers became %s, expected %s", got, want)
	}
	c.Close()
	opened := func(n int) {
		for i := range n {
			report(i, "models opened and closed")
			c := open()
			if got := answers(c, slices.Clone(probe)); got != want {
				t.Fatalf("the answers became %s, expected %s", got, want)
			}
			c.Close()
		}
	}
	opened(5)
	before = used(t, 0)
	opened(*opens)
	flat(t, fmt.Sprintf("%d models opened and closed", *opens), before)
}
