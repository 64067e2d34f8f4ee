package classify

import (
	"time"

	"github.com/lorabook/lorabook/pkg/data"
)

// Request is a text for one adapter of a [Service].
type Request struct {
	// Text is the text; for an adapter for data.TokenClassification it is divided into words as by
	// [Classifier.TagTexts], unless Words are given.
	Text string
	// TextPair is the second text of a pair. An adapter that was trained on pairs needs it.
	TextPair string
	// Words are the words of a sentence for data.TokenClassification, as of [Classifier.Tag], in place
	// of Text.
	Words []string
	// Adapter is the name of the adapter; [adapters.Base] is the model without an adapter.
	Adapter string
}

// ServiceAnswer is an answer of a [Service].
type ServiceAnswer struct {
	TaskAnswer
	Adapter string // that answered
	Version string // of the adapter, see [AdapterInfo]; "" for the model without an adapter
	// Classes are the classes in the order of Answer.Probabilities.
	Classes []string
	// Cut is the number of tokens that the model did not read, since the text is too long. It is 0
	// for a text that fits.
	Cut int
}

// AdapterInfo describes an adapter of a [Service].
type AdapterInfo struct {
	Name   string
	Folder string // as in the call of Load
	// Repository is the adapter's repository on the hub, "owner/name", and Commit the commit of the
	// revision that was loaded. Both are "" for a local folder.
	Repository, Commit string
	Task               data.Task
	Labels             []string // in the order of the probabilities
	// Version is the digest of the adapter's files: "sha256:" and 64 hexadecimal digits.
	Version string
	Loaded  time.Time
	Pairs   bool // the adapter was trained on pairs of texts
	// MaxTokens is the number of tokens that are read of a text; more are cut or read in windows.
	MaxTokens int
	// Thresholds are the probabilities from which a text has a class, by class, for data.MultiLabel.
	Thresholds map[string]float64
	// Resident states that the adapter is in memory. Another one is loaded when it is asked for.
	Resident bool
}

// BatchInfo describes a batch that a [Service] computed.
type BatchInfo struct {
	Texts        int           // windows of a text count as texts
	Tokens       int           // of the texts
	PaddedTokens int           // with padding: one of ServiceOptions.Sizes
	Adapters     int           // different ones
	Waited       time.Duration // of the text that waited longest
	Took         time.Duration // for the computation
}

// Observer is informed of each batch of a [Service], from one of its goroutines. It must return
// quickly and be safe for concurrent use.
type Observer interface {
	Batch(BatchInfo)
}

// ServiceStats is the state of a [Service], and counters since it started. A text that is read in
// windows counts once for each window.
type ServiceStats struct {
	Queued   int // texts that wait
	Capacity int // largest number of texts that wait
	Running  int // texts in batches that are being computed

	Adapters    int // known ones
	Resident    int // of them in memory
	MaxAdapters int // largest number in memory

	Accepted  int64 // texts
	Refused   int64 // texts of calls that gave an *OverloadedError
	Cancelled int64 // texts that left the queue since the context of their call ended
	Answered  int64 // texts that were computed for a call that still waited
	Batches   int64
	Tokens    int64 // of the texts in batches
	Padded    int64 // tokens of the batches with padding

	Loads     int64 // adapters that were read from their folders, again after an eviction too
	Evictions int64
	Growths   int64 // compilations of a graph with more or larger places for adapters
}
