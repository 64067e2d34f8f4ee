// Package sweep trains many variants of an experiment and finds the best one: all points of a
// grid, random points, or random points by successive halving. The trials wait in a work queue on
// a NATS server with JetStream, and workers on one machine or many train them (package worker).
//
//	result, err := sweep.Run(ctx, "runs/rates", sweep.Plan{
//		Base:   finetune.Experiment{Data: splits.Config{Source: "imdb"}},
//		Fields: []sweep.Field{{Name: "training.learning_rate", Values: []any{3e-4, 1e-3, 3e-3}}, {Name: "adapter.r", Values: []any{2, 8}}},
//	}, sweep.Options{Progress: progress.New(os.Stderr)})
//	fmt.Println(result)
//
// By default the server runs inside the process, on the loopback interface alone and with a
// random token, and so do as many workers as the machine bears. With Options.Server the sweep uses
// a server or a cluster, and `go run ./kernel worker --nats URL` is a worker.
//
// The seed of an experiment decides its result, whoever computes it: a worker that is killed leaves
// its trial to another one, which resumes from the last checkpoint, and the result is the same to
// the bit on the same engine and kind of processor. Messages that are delivered twice count
// once. A trial that fails three times is parked with its errors.
//
// Trials are compared on the validation examples. The test examples are read once, at the end, for
// the best trial and the default, the experiment without changes. [Result] says how far the numbers
// can be trusted.
//
// The folder of a sweep is a run folder with the plan as its experiment:
//
//	runs/rates/experiment.json   the plan
//	          trials/NNN-DIGEST  the run folder of each finished trial
//	          sweep.json         the result
//	          nats/              the embedded server's streams, until the sweep is finished
package sweep
