package show

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/lorabook/lorabook/internal/loadtest"
	"github.com/lorabook/lorabook/pkg/chart"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/table"
)

// Load is a load on a service over HTTP, for [LatencyUnderLoad]. The zero value of a field means its
// default.
type Load struct {
	URL      string   // of the service, as "http://127.0.0.1:8080"; required
	Texts    []string // each request has one of them, in turn; required
	Adapters []string // each request names one of them at random; default: none is named
	// Stats returns the counters of the service. Default: the texts in a batch are not shown.
	Stats    func() classify.ServiceStats
	Clients  int           // that measure the capacity, each with one request at a time; default 16
	Shares   []float64     // of the capacity: the rates that are measured; default 0.1, 0.25, 0.5, 0.75, 1, 1.5, 2
	Duration time.Duration // of each measurement; default 2 s
	Seed     uint64        // of the arrivals and the adapters; default 1
}

// complete checks the load and sets the defaults.
func (l *Load) complete() error {
	switch {
	case l.URL == "":
		return errors.New("load: the URL is empty, expected the address of a service, such as http://127.0.0.1:8080")
	case len(l.Texts) == 0:
		return errors.New("load: there are no texts, expected one at least")
	case l.Clients < 0 || l.Duration < 0:
		return fmt.Errorf("load: found Clients %d and Duration %v, expected values above 0, or 0 for the defaults", l.Clients, l.Duration)
	}
	if l.Clients == 0 {
		l.Clients = 16
	}
	if l.Duration == 0 {
		l.Duration = 2 * time.Second
	}
	if l.Seed == 0 {
		l.Seed = 1
	}
	if l.Shares == nil {
		l.Shares = []float64{0.1, 0.25, 0.5, 0.75, 1, 1.5, 2}
	}
	l.Shares = slices.Sorted(slices.Values(l.Shares))
	if len(l.Shares) == 0 || !(l.Shares[0] > 0) {
		return fmt.Errorf("load: found the Shares %v, expected one or more above 0", l.Shares)
	}
	return nil
}

// loadLevel is the measurement of one rate.
type loadLevel struct {
	rate     float64 // requests per second
	result   *loadtest.Result
	perBatch float64 // texts
}

// LatencyUnderLoad measures a service at several rates of requests and draws the latency over the
// rate, with the texts in a batch and the refused requests.
//
// First the capacity is measured: the answers per second to clients that send a request when they
// have the answer to the last one. Then requests arrive at random times, at shares of this rate,
// whether or not earlier ones are answered (open loop). A latency counts from the time at which the
// request was due. It takes Duration for each rate and a little more for the capacity, and then until the
// service has answered. A request without an answer and without the status 429 or 503 is an error.
func LatencyUnderLoad(ctx context.Context, l Load) (Figures, error) {
	var f Figures
	if err := l.complete(); err != nil {
		return f, err
	}
	const timeout = 30 * time.Second
	random := rand.New(rand.NewPCG(l.Seed, 3))
	client, err := loadtest.NewClient(l.URL, "", l.Texts, l.Adapters, random.IntN, timeout)
	if err != nil {
		return f, err
	}
	loadtest.ClosedLoop(ctx, client.Ask, l.Clients, l.Duration/4) // not counted: the first requests of a process are slower
	full := loadtest.ClosedLoop(ctx, client.Ask, l.Clients, l.Duration)
	if err := errors.Join(ctx.Err(), failures(full)); err != nil {
		return f, err
	}
	capacity := full.PerSecond()
	if capacity == 0 {
		return f, fmt.Errorf("load: %s answered none of %d requests in %v", l.URL, full.Sent(), l.Duration)
	}
	f.note("%d clients at once: %.4g answers per second", l.Clients, capacity)
	var levels []loadLevel
	for i, share := range l.Shares {
		level := loadLevel{rate: share * capacity}
		before := l.counters()
		level.result = loadtest.OpenLoop(ctx, client.Ask, level.rate, l.Duration, l.Seed+uint64(i))
		if err := errors.Join(ctx.Err(), failures(level.result)); err != nil {
			return f, err
		}
		after := l.counters()
		if n := after.Batches - before.Batches; n > 0 {
			level.perBatch = float64(after.Answered-before.Answered) / float64(n)
		}
		levels = append(levels, level)
	}
	f.Tables = append(f.Tables, l.table(levels))
	return f, f.add(l.chart(levels, capacity))
}

// failures returns an error if requests failed.
func failures(r *loadtest.Result) error {
	if r.Failures == 0 {
		return nil
	}
	return fmt.Errorf("load: %d of %d requests failed, the last one: %s", r.Failures, r.Sent(), r.LastError)
}

func (l *Load) counters() (none classify.ServiceStats) {
	if l.Stats == nil {
		return none
	}
	return l.Stats()
}

// refusedShare returns the share of refused requests in percent.
func (l loadLevel) refusedShare() float64 {
	if n := l.result.Sent(); n > 0 {
		return 100 * float64(len(l.result.Refusals)) / float64(n)
	}
	return 0
}

func milliseconds(d time.Duration) float64 { return d.Seconds() * 1000 }

// table returns a row for each rate.
func (l *Load) table(levels []loadLevel) *table.Table {
	columns := []table.Column{
		{Name: "requests per second", Format: "%.0f"}, {Name: "requests"}, {Name: "p50, ms", Format: "%.1f"}, {Name: "p99, ms", Format: "%.1f"},
		{Name: "refused, %", Format: "%.1f"}, {Name: "p99 of the refusals, ms", Format: "%.1f"},
	}
	if l.Stats != nil {
		columns = append(columns, table.Column{Name: "texts in a batch", Format: "%.1f"})
	}
	t := table.New("Latency by load", columns...)
	for _, v := range levels {
		row := []any{v.rate, v.result.Sent(), nil, nil, v.refusedShare(), nil}
		if len(v.result.Latencies) > 0 {
			row[2], row[3] = milliseconds(loadtest.Percentile(v.result.Latencies, 50)), milliseconds(loadtest.Percentile(v.result.Latencies, 99))
		}
		if len(v.result.Refusals) > 0 {
			row[5] = milliseconds(loadtest.Percentile(v.result.Refusals, 99))
		}
		if l.Stats != nil {
			row = append(row, v.perBatch)
		}
		t.Add(row...)
	}
	return t
}

// chart draws the latencies, the sizes of the batches and the refusals over the rate.
func (l *Load) chart(levels []loadLevel, capacity float64) (chart.Chart, error) {
	const latency, batch, refusal = "latency, ms", "texts in a batch", "refused, %"
	p50, p99 := chart.Series{Name: "p50", Panel: latency}, chart.Series{Name: "p99", Panel: latency}
	size, refused := chart.Series{Name: "texts in a batch", Panel: batch}, chart.Series{Name: "refused", Panel: refusal}
	add := func(s *chart.Series, x, y float64) { s.X, s.Y = append(s.X, x), append(s.Y, y) }
	for _, v := range levels {
		if len(v.result.Latencies) > 0 {
			add(&p50, v.rate, milliseconds(loadtest.Percentile(v.result.Latencies, 50)))
			add(&p99, v.rate, milliseconds(loadtest.Percentile(v.result.Latencies, 99)))
		}
		add(&size, v.rate, v.perBatch)
		add(&refused, v.rate, v.refusedShare())
	}
	series := []chart.Series{p50, p99}
	if l.Stats != nil {
		series = append(series, size)
	}
	series = append(series, refused)
	return chart.Curves(chart.Labels{Title: "Latency under load", Takeaway: loadTakeaway(levels, capacity), X: "requests per second"}, series...)
}

// loadTakeaway compares the lowest rate with the highest one below and the one above the capacity.
func loadTakeaway(levels []loadLevel, capacity float64) string {
	within, above := -1, -1
	for i, v := range levels {
		if v.rate <= capacity && len(v.result.Latencies) > 0 {
			within = i
		}
		if v.rate > capacity {
			above = i
		}
	}
	text := sayf("The capacity is %.4g answers per second.", capacity)
	if within >= 0 {
		v := levels[within]
		text += sayf(" At %.0f %% of it, half of the answers take at most %s.", 100*v.rate/capacity, loadtest.Short(loadtest.Percentile(v.result.Latencies, 50)))
	}
	if above >= 0 {
		v := levels[above]
		text += sayf(" At %.0f %%, %.0f %% of the requests are refused", 100*v.rate/capacity, v.refusedShare())
		if len(v.result.Latencies) > 0 {
			text += sayf(", and 99 %% of the answers take at most %s", loadtest.Short(loadtest.Percentile(v.result.Latencies, 99)))
		}
		text += "."
	}
	return text
}
