// Package schedule computes the learning rate of each training step: it rises linearly from 0
// to the peak during the warm-up and then follows a named schedule.
//
//	s := schedule.Schedule{Name: schedule.Cosine, Peak: 1e-3, Warmup: 0.06}
//	if err := s.Name.Validate(); err != nil { ... }  // an unknown name lists the known ones
//	rate := s.Rate(step, steps)                 // of step 1, 2, ... steps
//
// An experiment and a pre-training choose a schedule by its name, in the field Schedule.
//
// # Adding a schedule
//
// The file decays.go is the only place that knows the schedules. Two edits there: a constant
// of type [Name], with the name that transformers' SchedulerType gives the schedule, and a
// line in the list behind it with the name, the formula with its source, and the formula as a
// [Decay]. Validation, error texts and [Names] read that list. Then add the reference values
// to TestSchedules in schedule_test.go: 10 steps, 3 of them warm-up, peak 1. A schedule has no
// parameters of its own and falls to a share of the peak, not to an absolute rate.
package schedule
