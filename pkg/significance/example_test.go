package significance_test

import (
	"context"
	"fmt"
	"log"

	"github.com/lorabook/lorabook/pkg/significance"
)

// Two models answered the same twelve questions, with a score from 0 to 10 for each answer. Is the second
// one better than chance explains?
func Example() {
	ctx := context.Background()
	first := []float64{4, 6, 5, 7, 3, 8, 5, 6, 4, 7, 5, 6}
	second := []float64{6, 7, 5, 8, 5, 8, 7, 6, 6, 8, 7, 5}
	differences := make([]float64, len(first))
	for i := range first {
		differences[i] = second[i] - first[i]
	}
	bootstrap := significance.Bootstrap{Seed: 1}
	interval, err := bootstrap.Mean(ctx, differences)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("mean difference %.2f, %.0f %% interval %.2f to %.2f\n", mean(differences), 100*interval.Level, interval.Low, interval.High)

	// An exchange of two answers changes the sign of their difference.
	tests, err := bootstrap.Permute(ctx, len(differences), []float64{significance.Rounding * 10}, func() significance.Exchange {
		changed := make([]float64, len(differences))
		return func(exchanged []bool, out []float64) {
			for i, d := range differences {
				if changed[i] = d; exchanged[i] {
					changed[i] = -d
				}
			}
			out[0] = mean(changed)
		}
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("permutation test: p = %.4f, all %d exchanges\n", tests[0].PValue, tests[0].Exchanges)

	// Of answers that are right or wrong: 12 only by the second model, 3 only by the first.
	mcnemar, err := significance.McNemarTest(3, 12)
	if err != nil {
		log.Fatal(err)
	}
	adjusted, err := significance.Holm(tests[0].PValue, mcnemar.PValue)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("McNemar's test: p = %.4f; both tests, corrected: %.4f\n", mcnemar.PValue, adjusted)
	// Output:
	// mean difference 1.00, 95 % interval 0.42 to 1.50
	// permutation test: p = 0.0195, all 4096 exchanges
	// McNemar's test: p = 0.0352; both tests, corrected: [0.0391 0.0391]
}

func mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}
