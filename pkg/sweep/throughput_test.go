package sweep

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// BenchmarkWorkers compares the throughput of one worker process with that of two, each with one
// thread, on the embedded server. An iteration is a round: a sweep of 24 toy trials of equal cost with
// each number of workers, in alternating order. A round counts the trials from the time at which each
// worker has finished its first one, with its start and its compilation, to the time from which on
// a worker may find no trial. The metrics are medians over the rounds; the log has each round.
//
//	go test ./pkg/sweep -run xxx -bench Workers$ -benchtime 7x -timeout 60m -v
//
// It needs two free processors: the coordinator, which gets the run folders, is a third process.
func BenchmarkWorkers(b *testing.B) {
	var one, two, ratios []float64
	for round := range b.N {
		perSecond := map[int]float64{}
		order := []int{1, 2}
		if round%2 == 1 {
			slices.Reverse(order)
		}
		for _, workers := range order {
			perSecond[workers] = throughput(b, workers)
		}
		ratio := perSecond[2] / perSecond[1]
		b.Logf("round %d: %.3f trials/s with one worker, %.3f with two: %.2f times", round+1, perSecond[1], perSecond[2], ratio)
		one, two, ratios = append(one, perSecond[1]), append(two, perSecond[2]), append(ratios, ratio)
	}
	b.ReportMetric(median(one), "trials/s-1-worker")
	b.ReportMetric(median(two), "trials/s-2-workers")
	b.ReportMetric(median(ratios), "times")
	b.ReportMetric(slices.Min(ratios), "times-least")
	b.ReportMetric(slices.Max(ratios), "times-most")
	b.ReportMetric(0, "ns/op") // a round has no meaning as a time
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// throughput runs a sweep with worker processes of one thread and returns its trials per second.
func throughput(b *testing.B, workers int) float64 {
	const trials = 24
	base := toy(b)
	base.Training.Epochs = 60 // about a second
	var rates []any
	for i := range trials - 1 { // and the default
		rates = append(rates, 0.001+0.0001*float64(i))
	}
	p := Plan{Base: base, Fields: []Field{{Name: "training.learning_rate", Values: rates}}}
	o := short(b, -1)
	o.Lease = time.Minute
	dir := filepath.Join(b.TempDir(), "sweep")
	var done []time.Time // when as many trials were done
	var children []*exec.Cmd
	var said bytes.Buffer
	defer func() {
		for _, c := range children {
			_ = c.Process.Kill()
			_ = c.Wait()
		}
	}()
	var failure error
	o.OnStatus = func(s Status) {
		for len(done) < s.Done {
			done = append(done, time.Now())
		}
		for failure == nil && len(children) < workers { // the trials are on the server
			c := exec.Command(os.Args[0], "-test.run=^TestChild$", "-test.timeout=0")
			c.Env = append(os.Environ(), childServer+"="+filepath.Join(dir, ServerDir), childEvery+"=5s", "GOMAXPROCS=1")
			c.Stdout, c.Stderr = &said, &said
			if failure = c.Start(); failure == nil {
				children = append(children, c)
			}
		}
	}
	if _, err := Run(b.Context(), dir, p, o); err != nil || failure != nil {
		b.Fatalf("%v, %v\n%s", err, failure, said.String())
	}
	first, last := workers-1, trials-workers // of the trials that count, by their order
	return float64(last-first) / done[last].Sub(done[first]).Seconds()
}
