package classify_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/classify"
)

// asked returns n requests for the adapters in turn.
func asked(seed uint64, names []string, n int) []classify.Request {
	rng := rand.New(rand.NewPCG(seed, 3))
	requests := make([]classify.Request, n)
	for i := range requests {
		requests[i] = request(rng, names[i%len(names)])
	}
	return requests
}

// serial returns the answers to requests that are asked one after the other.
func serial(t *testing.T, s *classify.Service, requests []classify.Request) []classify.ServiceAnswer {
	t.Helper()
	answers := make([]classify.ServiceAnswer, len(requests))
	for i, r := range requests {
		got, err := s.Answer(t.Context(), []classify.Request{r})
		if err != nil {
			t.Fatal(err)
		}
		answers[i] = got[0]
	}
	return answers
}

// concurrently asks all requests rounds times, each round in an order of its own, from many
// goroutines with one to three requests in a call. check gets each answer, from one goroutine at a
// time.
func concurrently(t *testing.T, s *classify.Service, requests []classify.Request, rounds int, check func(i int, a classify.ServiceAnswer)) {
	t.Helper()
	var running sync.WaitGroup
	var mu sync.Mutex
	places := make(chan struct{}, 200) // the calls at a time: their texts fit into the queue
	for round := range rounds {
		rng := rand.New(rand.NewPCG(uint64(round), 5))
		order := rng.Perm(len(requests))
		for len(order) > 0 {
			n := min(1+rng.IntN(3), len(order))
			part := order[:n]
			order = order[n:]
			places <- struct{}{}
			running.Go(func() {
				defer func() { <-places }()
				call := make([]classify.Request, n)
				for at, i := range part {
					call[at] = requests[i]
				}
				answers, err := s.Answer(context.Background(), call)
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					t.Errorf("%+v: %v", call, err)
					return
				}
				for at, i := range part {
					check(i, answers[at])
				}
			})
		}
	}
	running.Wait()
}

// TestConcurrentAnswersEqualSerialOnes: 10,000 concurrent answers (1,000 with -short) of adapters of every
// task, in shared
// batches of several sizes, differ by at most 1e-5 from those of calls one after the other.
func TestConcurrentAnswersEqualSerialOnes(t *testing.T) {
	modelDir := toytest.Model(t)
	dirs := saveAll(t, modelDir)
	s := newService(t, classify.ServiceOptions{
		Model: modelDir, Adapters: dirs, Options: classify.Options{MaxLength: 20}, Sizes: []int{8, 24, 64, 160}, Queue: 4000,
	})
	requests := asked(1, sortedNames(dirs), 1000)
	want := serial(t, s, requests)
	rounds := 10
	if testing.Short() {
		rounds = 1
	}
	before, count := s.Stats(), 0
	concurrently(t, s, requests, rounds, func(i int, a classify.ServiceAnswer) {
		count++
		if diff := differ(a.TaskAnswer, want[i].TaskAnswer); diff != "" || a.Adapter != want[i].Adapter || a.Version != want[i].Version || !slices.Equal(a.Classes, want[i].Classes) {
			t.Errorf("request %d, %+v, adapter %s: %s", i, requests[i], a.Adapter, diff)
		}
	})
	after := s.Stats()
	if count != rounds*len(requests) {
		t.Errorf("%d answers, expected %d", count, rounds*len(requests))
	}
	if texts, batches := after.Answered-before.Answered, after.Batches-before.Batches; batches*2 > texts {
		t.Errorf("%d texts in %d batches: the calls were not joined", texts, batches)
	}
}

// TestAnswersOfOneSizeAreEqualToTheBit: if all batches have one size and one text, concurrent answers
// equal serial ones to the bit.
func TestAnswersOfOneSizeAreEqualToTheBit(t *testing.T) {
	modelDir := toytest.Model(t)
	dirs := saveAll(t, modelDir)
	names := slices.DeleteFunc(sortedNames(dirs), func(name string) bool { return name == "names" }) // has windows
	s := newService(t, classify.ServiceOptions{
		Model: modelDir, Adapters: dirs, Options: classify.Options{MaxLength: 8}, Sizes: []int{8}, Queue: 4000,
	})
	requests := asked(2, names, 200)
	want := serial(t, s, requests)
	concurrently(t, s, requests, 5, func(i int, a classify.ServiceAnswer) {
		if got, want := fmt.Sprintf("%+v", a), fmt.Sprintf("%+v", want[i]); got != want {
			t.Errorf("request %d:\n%s\nexpected\n%s", i, got, want)
		}
	})
}
