package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lorabook/lorabook/pkg/encoding"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/splits"
)

// truncationCommand compares what is read of long texts.
func truncationCommand(b *bench) *cobra.Command {
	seeds, epochs := 3, 0
	cmd := &cobra.Command{
		Use: "truncation", Short: "compare the truncations of long texts", Args: cobra.NoArgs, SilenceUsage: true,
		Long: "Trains with each truncation and several seeds, on the same examples, and prints a table\n" +
			"of the accuracies. The run folders stay, so that a stopped comparison continues.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := b.prepare(cmd.Context()); err != nil {
				return err
			}
			return b.truncations(cmd.Context(), seeds, epochs)
		},
	}
	cmd.Flags().IntVar(&seeds, "seeds", seeds, "trainings of each truncation, with the seeds 1, 2, ...")
	cmd.Flags().IntVar(&epochs, "epochs", epochs, "epochs of a training; 0: those of the model")
	return cmd
}

// truncations trains with each truncation and prints the accuracies in percent.
func (b *bench) truncations(ctx context.Context, seeds, epochs int) error {
	fmt.Println("| truncation | accuracy of each seed, % | mean | tokens of the test reviews that are not read | training, tokens | seconds |")
	fmt.Println("|---|---|---|---|---|---|")
	for _, truncation := range encoding.Truncations {
		var each []string
		var sum, seconds float64
		var cut encoding.Cut
		tokens := 0
		for seed := range seeds {
			e := finetune.Experiment{
				Model: b.model, Seed: int64(seed + 1),
				Data:     splits.Config{Source: b.imdb, Train: b.reviews, Test: b.tests, MaxLength: b.length, Truncation: truncation, Seed: 100},
				Adapter:  lora.Config{R: 8, Alpha: 16, Dropout: 0.1},
				Training: finetune.Training{Epochs: epochs},
			}
			name := fmt.Sprintf("truncation-%s-%d", strings.ReplaceAll(truncation.String(), "+", "-"), seed+1)
			r, err := finetune.Open(filepath.Join(b.run, name), e, finetune.Options{Progress: progress.New(os.Stderr)})
			if err != nil {
				return err
			}
			baseline, err := r.Baseline(ctx)
			if err != nil {
				return err
			}
			report, err := r.Report(ctx)
			if err != nil {
				return err
			}
			if err := r.Close(); err != nil {
				return err
			}
			each = append(each, fmt.Sprintf("%.1f", 100*report.After.Accuracy))
			sum += report.After.Accuracy
			cut, tokens, seconds = baseline.Cut["test"], report.Training.Tokens, seconds+report.Training.Seconds
		}
		fmt.Printf("| %s | %s | %.1f | %.0f %% | %d | %.0f |\n", truncation, strings.Join(each, ", "), 100*sum/float64(seeds), 100*cut.TokenShare(), tokens, seconds/float64(seeds))
	}
	return nil
}
