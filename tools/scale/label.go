package main

import "math/rand/v2"

// Labelling is a labelling of package label/remote.
type Labelling struct {
	Workers
	Shards int

	Compute    float64 // seconds of a worker for a shard
	Send       float64 // seconds of the coordinator for a shard: reading, digest, packing
	Take       float64 // seconds of the coordinator for a block: reading, writing
	Message    float64 // seconds of the server for a message or an acknowledgement
	ShardBytes float64
	BlockBytes float64
	Bandwidth  float64 // bytes a second into the server, and out of it

	FewestAhead, AheadPerWorker int // as in package label/remote
}

// labelling is one at work.
type labelling struct {
	Labelling
	clock
	rng                            *rand.Rand
	coordinator, messages, in, out station
	speeds                         []float64
	lostAt                         []float64 // when each worker is lost next

	sent, written int
	ready         map[int]bool // blocks that wait for those before them
	queue         []int        // shards that wait
	idle          []int        // workers that wait
	seen          map[int]bool // workers whose blocks have arrived
	computed      float64      // seconds that led to blocks
	lost          int
	lastBegun     float64
	sending       bool
}

// Run simulates the labelling.
func (l Labelling) Run(seed uint64) Outcome {
	s := &labelling{Labelling: l, rng: rand.New(rand.NewPCG(seed, 0)), ready: map[int]bool{}, seen: map[int]bool{}}
	s.speeds = l.speeds(s.rng)
	for w := range l.Number {
		s.idle = append(s.idle, w)
		s.lostAt = append(s.lostAt, l.untilLost(s.rng))
	}
	s.send(0)
	wall := s.run(func() bool { return s.written == l.Shards })
	return Outcome{
		Wall: wall, Ideal: float64(l.Shards) * l.Compute / float64(l.Number), Busy: s.computed / wall / float64(l.Number),
		Coordinator: s.coordinator.share(wall), Messages: s.messages.share(wall), Bytes: max(s.in.share(wall), s.out.share(wall)),
		Tail: (wall - s.lastBegun) / wall, Lost: s.lost,
	}
}

// send sends the next shard, if there is room.
func (l *labelling) send(now float64) {
	window := max(l.FewestAhead, l.AheadPerWorker*len(l.seen))
	if l.sending || l.sent == l.Shards || l.sent-l.written >= window {
		return
	}
	l.sending = true
	l.at(l.coordinator.serve(now, l.Send), func(now float64) {
		l.sending = false
		shard := l.sent
		l.sent++
		l.through(now, func(now float64) { l.available(now, shard) }, visit{&l.in, l.ShardBytes / l.Bandwidth}, visit{&l.messages, l.Message})
		l.send(now)
	})
}

// available puts a shard into the queue.
func (l *labelling) available(now float64, shard int) {
	l.queue = append(l.queue, shard)
	l.deliver(now)
}

// deliver gives shards to idle workers.
func (l *labelling) deliver(now float64) {
	for len(l.queue) > 0 && len(l.idle) > 0 {
		shard, worker := l.queue[0], l.idle[0]
		l.queue, l.idle = l.queue[1:], l.idle[1:]
		l.through(now, func(now float64) { l.begin(now, shard, worker) }, visit{&l.messages, l.Message}, visit{&l.out, l.ShardBytes / l.Bandwidth})
	}
}

// begin lets a worker label a shard.
func (l *labelling) begin(now float64, shard, worker int) {
	l.lastBegun = now
	seconds := l.Compute * l.speeds[worker] * l.noise(l.rng)
	if lost := l.lostAt[worker]; now+seconds > lost {
		lost = max(lost, now)
		l.lost++
		l.at(lost+l.Lease, func(now float64) { l.available(now, shard) })
		l.at(lost+l.Restart, func(now float64) {
			l.lostAt[worker] = now + l.untilLost(l.rng)
			l.rest(now, worker)
		})
		return
	}
	l.at(now+seconds, func(now float64) {
		l.computed += seconds
		// The block and the acknowledgement of the shard; then the worker asks for another one.
		l.through(now, func(now float64) {
			l.rest(now, worker)
			l.take(now, shard, worker)
		}, visit{&l.in, l.BlockBytes / l.Bandwidth}, visit{&l.messages, 2 * l.Message})
	})
}

func (l *labelling) rest(now float64, worker int) {
	l.idle = append(l.idle, worker)
	l.deliver(now)
}

// take lets the coordinator take a block.
func (l *labelling) take(now float64, shard, worker int) {
	l.through(now, func(now float64) {
		l.seen[worker] = true
		l.ready[shard] = true
		for l.ready[l.written] {
			delete(l.ready, l.written)
			l.written++
		}
		l.send(now)
	}, visit{&l.messages, 2 * l.Message}, visit{&l.out, l.BlockBytes / l.Bandwidth}, visit{&l.coordinator, l.Take}) // delivery and acknowledgement
}
