package main

import (
	"container/heap"
	"math"
	"math/rand/v2"
)

// event is something that happens at a time, in seconds from the start.
type event struct {
	at     float64
	number int // of events at the same time the first one counts
	do     func(now float64)
}

type events []event

func (e events) Len() int { return len(e) }
func (e events) Less(i, j int) bool {
	return e[i].at < e[j].at || e[i].at == e[j].at && e[i].number < e[j].number
}
func (e events) Swap(i, j int) { e[i], e[j] = e[j], e[i] }
func (e *events) Push(x any)   { *e = append(*e, x.(event)) }
func (e *events) Pop() any {
	old := *e
	last := old[len(old)-1]
	*e = old[:len(old)-1]
	return last
}

// clock runs events in the order of their times.
type clock struct {
	events events
	number int
}

// at plans an event.
func (c *clock) at(when float64, do func(now float64)) {
	c.number++
	heap.Push(&c.events, event{when, c.number, do})
}

// run runs events until there are none or done returns true, and returns the time of the last one.
func (c *clock) run(done func() bool) (now float64) {
	for len(c.events) > 0 && !done() {
		e := heap.Pop(&c.events).(event)
		now = e.at
		e.do(now)
	}
	return now
}

// station serves one request after the other, in the order of their arrival.
type station struct {
	free, busy float64
}

// serve returns the time at which a request that takes seconds is served.
func (s *station) serve(now, seconds float64) float64 {
	s.free = math.Max(now, s.free) + seconds
	s.busy += seconds
	return s.free
}

// share returns the share of the time in which the station was busy.
func (s *station) share(wall float64) float64 {
	if wall == 0 {
		return 0
	}
	return math.Min(1, s.busy/wall)
}

// visit is a request that a station serves.
type visit struct {
	to      *station
	seconds float64
}

// through serves requests one after the other, and plans do for the end of the last one. Each request
// arrives when the one before is served, so that each station serves in the order of arrival.
func (c *clock) through(now float64, do func(now float64), visits ...visit) {
	if len(visits) == 0 {
		do(now)
		return
	}
	end := visits[0].to.serve(now, visits[0].seconds)
	if len(visits) == 1 {
		c.at(end, do)
		return
	}
	c.at(end, func(now float64) { c.through(now, do, visits[1:]...) })
}

// Workers describes the machines.
type Workers struct {
	Number     int
	Spread     float64 // standard deviation of the logarithm of their speeds, and of the times of each piece of work
	Slow       float64 // share of workers that are slower
	SlowFactor float64 // by this factor
	MTBF       float64 // mean seconds until a worker is lost; 0: never
	Restart    float64 // seconds until one that was lost is replaced
	Lease      float64 // seconds until its work is delivered again
}

// speeds returns the factor of the time of each worker. Their mean over workers that are not slow is 1.
func (w Workers) speeds(rng *rand.Rand) []float64 {
	factors := make([]float64, w.Number)
	for i := range factors {
		factors[i] = w.noise(rng)
		if rng.Float64() < w.Slow {
			factors[i] *= w.SlowFactor
		}
	}
	return factors
}

// noise returns a factor with the mean 1.
func (w Workers) noise(rng *rand.Rand) float64 {
	return math.Exp(w.Spread*rng.NormFloat64() - w.Spread*w.Spread/2)
}

// untilLost returns the time until a worker is lost.
func (w Workers) untilLost(rng *rand.Rand) float64 {
	if w.MTBF == 0 {
		return math.Inf(1)
	}
	return w.MTBF * rng.ExpFloat64()
}

// Outcome is what a simulation measures. Shares are shares of the wall time.
type Outcome struct {
	Wall        float64 // seconds
	Ideal       float64 // seconds of equal workers that never wait and are never lost
	Busy        float64 // share of the workers' time in which they compute
	Coordinator float64 // share in which the coordinator works; its looks at a sweep's records, which fill free time, are left out
	Messages    float64 // share in which the server handles messages
	Bytes       float64 // share in which the server's network and disk are busy
	Tail        float64 // share after the last work was begun: the wait for the slowest workers
	Lost        int     // pieces of work that were delivered again
}

// Limit names what limits the work: the workers, if they nearly always compute; else the station that is
// nearly always busy, or what the workers wait for otherwise.
func (o Outcome) Limit() string {
	const nearly = 0.9
	switch {
	case o.Busy >= nearly:
		return "workers"
	case o.Coordinator >= nearly:
		return "coordinator"
	case o.Bytes >= nearly:
		return "bytes of the server"
	case o.Messages >= nearly:
		return "messages of the server"
	case o.Tail >= 0.2:
		return "the slowest workers at the end"
	}
	return "waiting"
}
