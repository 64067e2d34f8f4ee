package main

import "math/rand/v2"

// Sweep is a grid or a random search of package sweep.
type Sweep struct {
	Workers
	Trials int

	Compute         float64 // seconds of a worker for a trial
	Message         float64 // seconds of the server for a message, a record or an acknowledgement
	Get             float64 // seconds of the coordinator to read a record
	CheckpointEvery float64 // seconds between two checkpoints of a trial
	CheckpointBytes float64
	ResultBytes     float64 // run folder of a finished trial
	Bandwidth       float64 // bytes a second into the object store, and out of it
	Look            float64 // seconds between two looks of the coordinator at all records
}

// messagesOfTrial are the records and messages of a trial: record, message, delivery, claim, result,
// acknowledgement.
const messagesOfTrial = 6

// sweep is one at work.
type sweep struct {
	Sweep
	clock
	rng                            *rand.Rand
	coordinator, messages, in, out station
	speeds, lostAt                 []float64

	queue, idle []int
	left        []float64 // seconds of each trial that are not in a checkpoint, for a worker of speed 1
	fetched     int
	computed    float64
	lost        int
	lastBegun   float64
}

// Run simulates the sweep.
func (s Sweep) Run(seed uint64) Outcome {
	r := &sweep{Sweep: s, rng: rand.New(rand.NewPCG(seed, 0))}
	r.speeds = s.speeds(r.rng)
	for t := range s.Trials {
		r.left = append(r.left, s.Compute*s.noise(r.rng))
		r.queue = append(r.queue, t)
	}
	for w := range s.Number {
		r.idle = append(r.idle, w)
		r.lostAt = append(r.lostAt, s.untilLost(r.rng))
	}
	r.look(0)
	r.deliver(0)
	wall := r.run(func() bool { return r.fetched == s.Trials })
	return Outcome{
		Wall: wall, Ideal: s.Compute * float64((s.Trials+s.Number-1)/s.Number), Busy: r.computed / wall / float64(s.Number),
		Coordinator: r.coordinator.share(wall), Messages: r.messages.share(wall), Bytes: max(r.in.share(wall), r.out.share(wall)),
		Tail: (wall - r.lastBegun) / wall, Lost: r.lost,
	}
}

// look lets the coordinator read all records.
func (s *sweep) look(now float64) {
	end := s.coordinator.serve(now, float64(s.Trials)*s.Get)
	s.coordinator.busy -= float64(s.Trials) * s.Get
	s.messages.serve(now, float64(s.Trials)*s.Message)
	s.at(max(end, now+s.Look), s.look)
}

// deliver gives trials to idle workers.
func (s *sweep) deliver(now float64) {
	for len(s.queue) > 0 && len(s.idle) > 0 {
		trial, worker := s.queue[0], s.idle[0]
		s.queue, s.idle = s.queue[1:], s.idle[1:]
		s.at(s.messages.serve(now, messagesOfTrial*s.Message), func(now float64) { s.begin(now, trial, worker) })
	}
}

// attempt is the work of a worker on a trial.
type attempt struct {
	trial int
	speed float64
	until float64 // its end, or the loss of its worker
	saved float64 // what was trained before is in a checkpoint
}

// begin lets a worker train a trial from its last checkpoint.
func (s *sweep) begin(now float64, trial, worker int) {
	s.lastBegun = now
	end := now + s.left[trial]*s.speeds[worker]
	lost := max(s.lostAt[worker], now)
	a := &attempt{trial: trial, speed: s.speeds[worker], until: min(end, lost), saved: now}
	s.sign(now, a)
	s.at(now+s.CheckpointEvery, func(now float64) { s.checkpoint(now, a) })
	if lost < end {
		s.at(lost, func(now float64) { s.lose(now, trial, worker) })
		return
	}
	s.at(end, func(now float64) {
		s.computed += end - a.saved
		stored := s.in.serve(now, s.ResultBytes/s.Bandwidth)
		s.at(stored, func(now float64) {
			s.rest(now, worker)
			// The coordinator gets the run folder.
			s.through(now, func(float64) { s.fetched++ }, visit{&s.out, s.ResultBytes / s.Bandwidth}, visit{&s.coordinator, s.ResultBytes / s.Bandwidth})
		})
	})
}

func (s *sweep) rest(now float64, worker int) {
	s.idle = append(s.idle, worker)
	s.deliver(now)
}

// lose loses a worker. Its trial is delivered again after the lease.
func (s *sweep) lose(now float64, trial, worker int) {
	s.lost++
	s.at(now+s.Lease, func(now float64) {
		s.queue = append(s.queue, trial)
		s.deliver(now)
	})
	s.at(now+s.Restart, func(now float64) {
		s.lostAt[worker] = now + s.untilLost(s.rng)
		s.rest(now, worker)
	})
}

// checkpoint sends the run folder to the server, while the training goes on.
func (s *sweep) checkpoint(now float64, a *attempt) {
	if now >= a.until {
		return
	}
	trained := now
	s.at(s.in.serve(now, s.CheckpointBytes/s.Bandwidth), func(now float64) {
		if now >= a.until {
			return
		}
		s.left[a.trial] -= (trained - a.saved) / a.speed
		s.computed += trained - a.saved
		a.saved = trained
		s.at(max(now, trained+s.CheckpointEvery), func(now float64) { s.checkpoint(now, a) })
	})
}

// sign tells the server four times in a lease that the trial is alive: a message and a record.
func (s *sweep) sign(now float64, a *attempt) {
	if now >= a.until {
		return
	}
	s.messages.serve(now, 2*s.Message)
	s.at(now+s.Lease/4, func(now float64) { s.sign(now, a) })
}
