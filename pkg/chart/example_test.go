package chart_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/lorabook/lorabook/pkg/chart"
)

// In a notebook this displays bars; elsewhere it prints what they say.
func ExampleShow() {
	c, err := chart.Bars(
		chart.Labels{
			Title:    "Before and after, on the same 1,000 reviews",
			Takeaway: "The adapter lifts accuracy from a coin's toss to 86.6 %.",
			Y:        "per cent",
		},
		[]string{"accuracy", "F1"},
		chart.BarSeries{Name: "before", Values: []float64{48.4, 35.2}},
		chart.BarSeries{Name: "after", Values: []float64{86.6, 86.9}, Low: []float64{84.5, 84.7}, High: []float64{88.7, 89.0}},
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := chart.Show(c); err != nil {
		fmt.Println(err)
	}
	// Output:
	// Before and after, on the same 1,000 reviews
	// The adapter lifts accuracy from a coin's toss to 86.6 %.
	//   accuracy: before 48.4, after 86.6 (84.5 to 88.7)
	//   F1: before 35.2, after 86.9 (84.7 to 89.0)
}

// A training loop adds its numbers as they come.
func ExampleNewLive() {
	live, err := chart.NewLive(
		chart.Labels{Title: "Training", X: "step"},
		chart.Series{Name: "training loss", Panel: "loss"},
		chart.Series{Name: "validation accuracy", Panel: "per cent"},
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	for step := 1; step <= 100; step++ {
		if err := live.Add(float64(step), "training loss", 0.7/float64(step)); err != nil {
			fmt.Println(err)
		}
		if step%50 == 0 {
			if err := live.Add(float64(step), "validation accuracy", 70+float64(step)/10); err != nil {
				fmt.Println(err)
			}
		}
	}
	if err := live.Takeaway("It learns."); err != nil {
		fmt.Println(err)
	}
	if err := live.Close(); err != nil {
		fmt.Println(err)
	}
	// Output:
	// Training
	// It learns.
	//   training loss: 0.7 at 1, 0.007 at 100 (lowest 0.007, highest 0.7)
	//   validation accuracy: 75 at 50, 80 at 100 (lowest 75, highest 80)
}

func ExampleConfusion() {
	c, err := chart.Confusion(
		chart.Labels{Title: "Which reviews are taken for which"},
		[]string{"negative", "positive"},
		chart.Matrix{Name: "before", Counts: [][]int{{32, 468}, {48, 452}}},
		chart.Matrix{Name: "after", Counts: [][]int{{430, 70}, {64, 436}}},
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(c.Text())
	// Output:
	// Which reviews are taken for which
	//   before: 484 of 1,000 right
	//     true negative: 32 taken for negative (6 %), 468 taken for positive (94 %)
	//     true positive: 48 taken for negative (10 %), 452 taken for positive (90 %)
	//   after: 866 of 1,000 right
	//     true negative: 430 taken for negative (86 %), 70 taken for positive (14 %)
	//     true positive: 64 taken for negative (13 %), 436 taken for positive (87 %)
}

// Lengths of texts, with the limit at which they are cut.
func ExampleSave() {
	c, err := chart.Histogram(
		chart.Labels{Title: "Length of reviews", X: "tokens", Y: "reviews"},
		[]int{120, 180, 233, 256, 310, 512, 940},
		chart.Mark{At: 256, Name: "cut at 256"},
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	dir, err := os.MkdirTemp("", "lorabook-example-")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	for _, name := range []string{"lengths.svg", "lengths.png"} {
		if err := chart.Save(c, filepath.Join(dir, name)); err != nil {
			fmt.Println(err)
		}
	}
	if err := chart.Save(c, "lengths.gif"); err != nil {
		fmt.Println(err)
	}
	// Output: chart: save lengths.gif: ".gif" is no form of a chart; name the file .svg, .png or .html
}

func ExampleCurves_fault() {
	_, err := chart.Curves(chart.Labels{Title: "Training"}, chart.Series{Name: "loss", X: []float64{1, 2}, Y: []float64{0.7}})
	fmt.Println(err)
	// Output: chart: "Training": series "loss": has 2 x and 1 y; every point needs both
}

// Weights of a layer and of its adapter, to one scale.
func ExampleMatrices() {
	a := make([]float64, 2*6)
	for i := range a {
		a[i] = 0.1 * float64(i%4-2)
	}
	c, err := chart.Matrices(
		chart.Labels{Title: "A fresh adapter: A is random, B is zero"},
		chart.Grid{Name: "A", Values: a, Rows: 2, Columns: 6},
		chart.Grid{Name: "B", Values: make([]float64, 6*2), Rows: 6, Columns: 2},
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(c.Text())
	// Output:
	// A fresh adapter: A is random, B is zero
	//   A: 2 x 6, 12 numbers, up to 0.2, root mean square 0.122
	//   B: 6 x 2, 12 numbers, all 0
}

// Which words of a review the answer hangs on.
func ExampleWords() {
	c, err := chart.Words(
		chart.Labels{Title: "What each word does to the answer", X: "towards positive", Y: "towards negative"},
		chart.WordText{Name: "a review", Words: []chart.Word{
			{Text: "A", Effect: 0.01}, {Text: "slow", Effect: -0.6}, {Text: "start,", Effect: -0.1},
			{Text: "a", Effect: 0}, {Text: "lovely", Effect: 1.4}, {Text: "end.", Effect: 0.2},
		}},
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(c.Text())
	// Output:
	// What each word does to the answer
	//   + towards positive, - towards negative
	//   a review: A slow start, a lovely end.
	//     strongest: lovely +1.4, slow -0.6, end +0.2
}
