package main

import (
	"strings"

	"github.com/lorabook/lorabook/internal/random"
	"github.com/lorabook/lorabook/pkg/data"
)

// The recipes of the tasks with short texts. Trainings have more texts than those of whole
// reviews, so that an epoch has several batches of each length.
var (
	trainShort    = baseRecipe.modified(shortTexts).modified(func(r *recipe) { r.Reviews = 320 })
	evaluateShort = baseRecipe.modified(shortTexts).modified(func(r *recipe) { r.Kind, r.Tests = evaluation, 500 })
)

// shortTexts makes a recipe's texts as short as tweets and single sentences: 21.5 words on
// average.
func shortTexts(r *recipe) { r.MinWords, r.MaxWords = 3, 40 }

// firstWords truncates each review to its first N words, with N drawn uniformly from the
// recipe's MinWords to MaxWords. N depends only on the seed and the review's ID, so that another
// number of reviews does not change it. A review of fewer words keeps all of them.
func (how recipe) firstWords(reviews []data.Example) {
	for i, review := range reviews {
		n := how.MinWords + random.Named(max(1, how.Seed), "words of "+review.ID).IntN(how.MaxWords-how.MinWords+1)
		words := strings.Fields(review.Text)
		reviews[i].Text = strings.Join(words[:min(n, len(words))], " ")
	}
}
