package main

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/pkg/data"
)

// length is a distribution of the numbers of words of a text, log-normal.
type length struct {
	name         string
	median       float64 // words
	spread       float64 // standard deviation of the logarithm
	least, limit int
}

// lengths are the distributions that --lengths names. IMDB's reviews have a median of 175 words, and
// their logarithm a standard deviation of 0.67.
var lengths = []length{
	{"imdb", 175, 0.67, 10, 1500},
	{"tweet", 14, 0.5, 2, 60},
}

func lengthByName(name string) (length, error) {
	for _, l := range lengths {
		if l.name == name {
			return l, nil
		}
	}
	return length{}, fmt.Errorf("--lengths %s: expected imdb or tweet", name)
}

// texts returns n texts of the distribution, made of the words of the embedded sample in their order.
func (l length) texts(ctx context.Context, n int, seed uint64) ([]string, error) {
	reviews, err := data.Open(ctx, data.Sample)
	if err != nil {
		return nil, err
	}
	var words []string
	for _, e := range slices.Concat(reviews.Train, reviews.Test) {
		words = append(words, strings.Fields(e.Text)...)
	}
	random := rand.New(rand.NewPCG(seed, 1))
	out := make([]string, n)
	for i := range out {
		count := int(math.Round(l.median * math.Exp(l.spread*random.NormFloat64())))
		count = min(max(count, l.least), l.limit)
		text := make([]string, count)
		at := random.IntN(len(words))
		for j := range text {
			text[j] = words[(at+j)%len(words)]
		}
		out[i] = strings.Join(text, " ")
	}
	return out, nil
}
