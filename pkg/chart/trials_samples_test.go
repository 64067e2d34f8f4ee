package chart

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// searchOf returns a search of n trials over a rate, a rank, modules and a model, by seed. A part
// of them are in each state; with finished all are done.
func searchOf(n, parameters int, finished bool) Search {
	rng := rand.New(rand.NewPCG(uint64(n), 5))
	s := Search{
		Objective: "validation loss",
		Parameters: []Parameter{
			{Name: "training.learning_rate", Log: true}, {Name: "adapter.r"},
			{Name: "adapter.target_modules", Categories: []string{"query, value", "all-linear", "query, key, value, attention.output.dense"}},
			{Name: "model", Categories: []string{"bert-base-cased", "lorabook-tiny"}}, {Name: "training.weight_decay"},
		}[:parameters],
	}
	for i := range n {
		values := []float64{3e-4 * math.Pow(10, 1.5*rng.Float64()), float64(int(1) << rng.IntN(5)), float64(rng.IntN(3)), float64(rng.IntN(2)), 0.01 * float64(rng.IntN(9))}
		loss := 0.35 + 0.3*math.Pow(math.Log10(values[0]/3e-3), 2) + 0.1/values[1] + 0.05*rng.Float64()
		t := Trial{Name: fmt.Sprintf("trial %d", i), State: TrialDone, Values: values[:parameters], Value: &loss, Default: i == 0, Note: fmt.Sprintf("accuracy %.1f %% (95 %% interval 70.0 to 90.0)", 100*math.Exp(-loss)/math.Exp(-0.3))}
		epochs := 9
		if !finished && i > 0 {
			switch t.State = []TrialState{TrialDone, TrialPaused, TrialPaused, TrialPaused, TrialRunning, TrialWaiting, TrialParked, TrialDiverged}[i%8]; t.State {
			case TrialPaused:
				epochs = 3
			case TrialRunning:
				epochs, t.Value = 2, nil
			case TrialWaiting, TrialParked, TrialDiverged:
				epochs, t.Value = 0, nil
			}
		}
		for e := range epochs {
			t.X, t.Y = append(t.X, float64(e+1)), append(t.Y, loss+(0.69-loss)*math.Exp(-float64(e)/2))
		}
		s.Trials = append(s.Trials, t)
	}
	return s
}
