package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lorabook/lorabook/pkg/chart"
)

// axis is one variable of the cost of a training.
type axis struct {
	name   string
	title  string
	x      string
	values []int
	at     func(int) recipe
}

// fixedLength is a training in which all reviews have the same number of tokens.
var fixedLength = baseRecipe.modified(func(r *recipe) { r.Reviews, r.Tests, r.Length, r.Fill = 64, validation, 128, true })

var axes = []axis{
	{"length", "Training over the length of a review", "tokens of a review", []int{32, 64, 128, 256, 512},
		func(n int) recipe { return fixedLength.modified(func(r *recipe) { r.Length = n }) }},
	{"rank", "Training over the rank", "rank", []int{1, 4, 16, 64, 128},
		func(n int) recipe { return fixedLength.modified(func(r *recipe) { r.Rank = n }) }},
	{"layers", "Training over the number of layers adapted, from the top", "layers", []int{1, 2, 4, 8, 12},
		func(n int) recipe {
			return fixedLength.modified(func(r *recipe) {
				for layer := 12 - n; layer < 12; layer++ {
					r.Layers = append(r.Layers, layer)
				}
			})
		}},
	{"reviews", "From files to an adapter, over the number of training reviews of at most 64 tokens", "reviews", []int{100, 400, 1600, 6400, 25000 - validation},
		func(n int) recipe {
			// Short reviews, so that training on the whole data set takes an hour.
			return baseRecipe.modified(func(r *recipe) { r.Kind, r.Epochs, r.Reviews, r.Tests, r.Length = adapter, 1, n, validation, 64 })
		}},
}

// growCommand measures the growth of cost.
func growCommand(b *bench) *cobra.Command {
	var most int
	names := make([]string, len(axes))
	for i, a := range axes {
		names[i] = a.name
	}
	cmd := &cobra.Command{
		Use: "grow [AXES]", Short: "measure the growth of cost on both sides", SilenceUsage: true,
		Long: "Measures both sides alternately over " + strings.Join(names, ", ") + ", by default one round of each,\n" +
			"prints a table and writes grow-AXIS.svg to the folder of the results.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if !cmd.Flags().Changed("rounds") {
				b.rounds = 1
			}
			if len(args) == 0 {
				args = names
			}
			for _, name := range args {
				if !slices.Contains(names, name) {
					return fmt.Errorf("grow %s: expected one or more of %s", name, strings.Join(names, ", "))
				}
			}
			if err := b.prepare(cmd.Context()); err != nil {
				return err
			}
			for _, a := range axes {
				if !slices.Contains(args, a.name) {
					continue
				}
				if err := b.grow(cmd.Context(), a, most); err != nil {
					return err
				}
			}
			return nil
		},
	}
	cmd.Flags().IntVar(&most, "most", 1600, "largest number of training reviews on the axis reviews")
	return cmd
}

// grow measures along an axis, prints a table and writes a chart.
func (b *bench) grow(ctx context.Context, a axis, most int) error {
	seconds := [2]chart.Series{{Name: "lorabook", Panel: "seconds for 100 reviews"}, {Name: "PEFT", Panel: "seconds for 100 reviews"}}
	memory := [2]chart.Series{{Name: "lorabook, memory", Panel: "peak memory, MB"}, {Name: "PEFT, memory", Panel: "peak memory, MB"}}
	fmt.Printf("\n%s, %d rounds, seconds for 100 reviews and peak memory\n\n| %s | lorabook | PEFT | speed ratio | lorabook, MB | PEFT, MB |\n|---|---|---|---|---|---|\n", a.title, b.rounds, a.x)
	for _, n := range a.values {
		how := a.at(n)
		if a.name == "reviews" && n > most {
			break
		}
		t := alike(fmt.Sprintf("grow-%s-%d", a.name, n), a.title, how)
		if a.name != "reviews" {
			t = t.sized(b.reviews, b.tests, 0)
		}
		results, err := b.measure(ctx, t)
		if err != nil {
			return err
		}
		side := func(i int, sideResult func(pair) result) (text, megabytes string) {
			time := results.spread(func(p pair) float64 { return 100 * sideResult(p).Seconds / float64(t.ours.Reviews) })
			peak := results.spread(func(p pair) float64 { return sideResult(p).megabytes() })
			for _, point := range []struct {
				series *chart.Series
				y      float64
			}{{&seconds[i], time.median}, {&memory[i], peak.median}} {
				point.series.X = append(point.series.X, float64(n))
				point.series.Y = append(point.series.Y, point.y)
			}
			return time.text("%.1f"), fmt.Sprintf("%.0f", peak.median)
		}
		ours, oursMB := side(0, func(p pair) result { return p.Ours })
		peer, peerMB := side(1, func(p pair) result { return p.Peer })
		fmt.Printf("| %d | %s | %s | **%s** | %s | %s |\n", n, ours, peer,
			results.spread(func(p pair) float64 { return p.Peer.Seconds / p.Ours.Seconds }).text("%.2f"), oursMB, peerMB)
	}
	c, err := chart.Curves(chart.Labels{Title: a.title, Takeaway: "On the same machine, alternating; less is better.", X: a.x}, seconds[0], seconds[1], memory[0], memory[1])
	if err != nil {
		return err
	}
	svg, err := c.SVG()
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(b.run, "grow-"+a.name+".svg"), svg, 0o644)
}
