package classify

import (
	"fmt"
	"maps"
	"runtime"
	"slices"

	"github.com/gomlx/compute"

	"github.com/lorabook/lorabook/internal/settings"
	"github.com/lorabook/lorabook/pkg/classify/internal/layerwise"
	"github.com/lorabook/lorabook/pkg/lora"
)

// ServiceOptions of [NewService].
type ServiceOptions struct {
	// Options apply to all adapters, see [AdapterOptions] for those of one. Labels must be empty.
	// MaxLength and Truncation default to those of each adapter's training. Task is the task of
	// adapters whose folder and base state none.
	Options
	// Model is the base, a folder or a name on the hub. Default: the one that Adapters name, which must
	// be the same for all.
	Model string
	// Adapters are loaded at the start, by name and folder, as by [Service.Load].
	Adapters map[string]string
	// AdapterOptions are those of single Adapters, by name.
	AdapterOptions map[string]AdapterOptions
	// Like are configurations of adapters that are loaded later: the graph has places for them from the
	// start. An adapter that has no place in the graph, since its rank or its number of classes is
	// larger or it has other targets, makes [Service.Load] compile a larger graph. Default: rank 8 on
	// query and value, if there are no Adapters.
	Like []lora.Config
	// MaxClasses is the number of classes for which the graph has places from the start. Default: that
	// of the Adapters and the base.
	MaxClasses int
	// MaxTokens is the largest number of tokens of a batch, padding included: the largest of Sizes that is
	// at most MaxTokens is used, or the smallest of them. The batch of a longer text has the size of this
	// text, and short texts may fill its padding. At least 8, at most 8192, since the memory for attention
	// grows with its square. Default: 128 for each processor, from 256 to 1024, or the largest of Sizes.
	// Two processors compute BERT-base at 33 short texts a second with 256 tokens, 29 with 128 and 25 with
	// 64; larger batches only add latency there.
	MaxTokens int
	// Sizes are the sizes of batches in tokens, ascending multiples of 8 up to 8192: a batch is padded to
	// the smallest one that holds its texts, each of which takes a multiple of 8 tokens. The graph is
	// compiled for each of them. Default: from 8 to 48 in steps of 8, to 128 in steps of 16, to 512 in
	// steps of 32, to 1024 in steps of 64, then in steps of an eighth, as far as the larger of MaxTokens and
	// the longest text.
	Sizes []int
	// Queue is the largest number of texts that wait. Default 256. More than this number gives an
	// [OverloadedError].
	Queue int
	// MaxAdapters is the largest number of adapters in memory. Default 128. The adapter that was used
	// longest ago leaves the memory for another one, and is loaded again when it is asked for. There may
	// be more Adapters: each is loaded once at the start, so that its errors are found.
	MaxAdapters int
	// Slots is the number of adapters for which the graph has places at the start; at most
	// MaxAdapters+1, since a new version is loaded beside the old one. Default: 8, or the next power of two
	// for the Adapters. If they do not suffice, a graph with twice as many is compiled while the service
	// continues.
	Slots int
	// RefuseLong gives a [TextError] for a text with more tokens than the maximum length. Default false:
	// the text is read as the Truncation states, and [ServiceAnswer] counts the tokens that are cut.
	RefuseLong bool
	// CheckMerged compares each adapter with a model into which it is merged, at the start and in
	// [Service.Load], and gives a *[MergedError] if their logits for texts of several lengths differ by
	// more than [MergedBound]. Default false. The comparison takes the memory of another copy of the
	// base, of which there is one at a time, and the time to open it and to compile its graph. An
	// adapter that left the memory is not compared again, since its files must be the same.
	CheckMerged bool
	// Observer is informed of each batch; may be nil.
	Observer Observer
	// Backend computes; default: the best engine of this machine.
	Backend compute.Backend
}

// Defaults of ServiceOptions.
const (
	defaultQueue       = 256
	defaultMaxAdapters = 128
	defaultSlots       = 8
)

// largestBatch is the largest number of tokens of a batch: the scores of 12 heads have 3.2 GB there.
const largestBatch = 8192

// serviceSizes returns the default sizes of batches, up to a largest one.
func serviceSizes(largest int) []int {
	var sizes []int
	for size := layerwise.Block; size < largest; {
		sizes = append(sizes, size)
		switch {
		case size < 48:
			size += 8
		case size < 128:
			size += 16
		case size < 512:
			size += 32
		case size < 1024:
			size += 64
		default:
			size += size / 8 / layerwise.Block * layerwise.Block
		}
	}
	return append(sizes, largest)
}

// complete checks the options and sets the defaults that do not depend on the model.
func (o *ServiceOptions) complete() error {
	if err := o.Options.complete(); err != nil {
		return err
	}
	if len(o.Labels) > 0 {
		return fmt.Errorf("options: Labels is %q: each adapter of a service has its own, see AdapterOptions", o.Labels)
	}
	for _, n := range []struct {
		name  string
		value int
	}{{"MaxTokens", o.MaxTokens}, {"Queue", o.Queue}, {"MaxAdapters", o.MaxAdapters}, {"MaxClasses", o.MaxClasses}, {"Slots", o.Slots}, {"MaxLength", o.MaxLength}} {
		if n.value < 0 {
			return fmt.Errorf("options: %s is %d, expected 1 or more, or 0 for the default", n.name, n.value)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(o.AdapterOptions)) {
		if _, ok := o.Adapters[name]; !ok {
			return fmt.Errorf("options: AdapterOptions has %q, expected one of the Adapters, %q", name, slices.Sorted(maps.Keys(o.Adapters)))
		}
		if err := o.AdapterOptions[name].validate(); err != nil {
			return fmt.Errorf("adapter %q: %w", name, err)
		}
	}
	settings.Default(&o.Queue, defaultQueue)
	settings.Default(&o.MaxAdapters, defaultMaxAdapters)
	if o.Slots > o.MaxAdapters+1 {
		return fmt.Errorf("options: Slots is %d, expected at most MaxAdapters + 1, %d", o.Slots, o.MaxAdapters+1)
	}
	first := min(len(o.Adapters), o.MaxAdapters) // that are in memory after the start
	if o.Slots > 0 && o.Slots < first {
		return fmt.Errorf("options: Slots is %d, expected at least the number of Adapters in memory, %d", o.Slots, first)
	}
	if o.Slots == 0 {
		for o.Slots = defaultSlots; o.Slots <= first; o.Slots *= 2 {
		}
		o.Slots = min(o.Slots, o.MaxAdapters+1)
	}
	return nil
}

// completeSizes sets the sizes of batches for a model with that number of positions.
func (o *ServiceOptions) completeSizes(positions int, dir string) error {
	longest := positions
	if o.MaxLength > 0 {
		longest = o.MaxLength
	}
	if longest < 3 || longest > positions {
		return fmt.Errorf("options: MaxLength is %d, expected 3 to %d, the range of %s", longest, positions, dir)
	}
	if o.MaxTokens > 0 && o.MaxTokens < layerwise.Block || o.MaxTokens > largestBatch {
		return fmt.Errorf("options: MaxTokens is %d, expected %d to %d, or 0 for the default", o.MaxTokens, layerwise.Block, largestBatch)
	}
	tokens := min(max(128*runtime.GOMAXPROCS(0), 256), 1024)
	if len(o.Sizes) == 0 {
		settings.Default(&o.MaxTokens, tokens)
		o.MaxTokens -= o.MaxTokens % layerwise.Block
		longest += (layerwise.Block - longest%layerwise.Block) % layerwise.Block
		sizes := append(serviceSizes(max(longest, o.MaxTokens)), min(longest, o.MaxTokens))
		slices.Sort(sizes)
		o.Sizes = slices.Compact(sizes)
		return nil
	}
	o.Sizes = slices.Clone(o.Sizes)
	for i, size := range o.Sizes {
		if size%layerwise.Block != 0 || size <= 0 || i > 0 && size <= o.Sizes[i-1] {
			return fmt.Errorf("options: Sizes is %d, expected ascending multiples of %d", o.Sizes, layerwise.Block)
		}
	}
	last := o.Sizes[len(o.Sizes)-1]
	switch {
	case last > largestBatch:
		return fmt.Errorf("options: the largest of Sizes is %d, expected at most %d", last, largestBatch)
	case last < longest && o.MaxLength > 0:
		return fmt.Errorf("options: the largest of Sizes is %d, expected at least MaxLength, %d", last, longest)
	case last < o.MaxTokens:
		return fmt.Errorf("options: the largest of Sizes is %d, expected at least MaxTokens, %d", last, o.MaxTokens)
	}
	settings.Default(&o.MaxTokens, min(tokens, last))
	return nil
}
