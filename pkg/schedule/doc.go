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
// The file decays.go is the only place that knows the schedules. Write the formula as a
// [Decay], and add one line with its [Name], description and formula to the list there.
// Nothing else changes: validation, error texts, [Names] and the tests of all schedules
// read that list. Add its reference values to TestSchedules.
package schedule
