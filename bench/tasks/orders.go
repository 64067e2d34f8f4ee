package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/pkg/data"
)

// numbersOfOrders are those of the generated data set with several labels.
const (
	trainOrders = 2000
	testOrders  = 1000
)

// writeOrders generates a data set with several labels: each example lists one to three products of
// different classes, in random order. The products of training and test orders are disjoint. The
// same packed data set gives the same files.
func writeOrders(ctx context.Context, packed data.Opener, source, dir string) error {
	d, err := packed.Open(ctx, source)
	if err != nil {
		return err
	}
	random := rand.New(rand.NewPCG(dataSeed, 0))
	names := map[string]int{} // a product occurs in many rows
	for _, e := range d.Train {
		names[e.Text] = e.Label
	}
	products := make([]string, 0, len(names))
	for name := range names {
		products = append(products, name)
	}
	slices.Sort(products)
	random.Shuffle(len(products), func(i, j int) { products[i], products[j] = products[j], products[i] })
	held := len(products) / 3
	for _, half := range []struct {
		file     string
		orders   int
		products []string
	}{{"train.jsonl", trainOrders, products[held:]}, {"test.jsonl", testOrders, products[:held]}} {
		rows := make([]row, half.orders)
		for i := range rows {
			rows[i] = order(random, half.products, names, d.Labels)
		}
		if err := writeRows(filepath.Join(dir, half.file), rows); err != nil {
			return fmt.Errorf("orders: %w", err)
		}
	}
	return nil
}

// order draws one to three products of different classes.
func order(random *rand.Rand, products []string, classOf map[string]int, labels []string) row {
	var texts, classes []string
	for want := 1 + random.IntN(3); len(texts) < want; {
		name := products[random.IntN(len(products))]
		if class := labels[classOf[name]]; !slices.Contains(classes, class) {
			texts, classes = append(texts, name), append(classes, class)
		}
	}
	return row{Text: strings.Join(texts, "; "), Label: classes}
}
