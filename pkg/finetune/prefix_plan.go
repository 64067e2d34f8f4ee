package finetune

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/feed"
	"github.com/lorabook/lorabook/pkg/batching"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/precision"
)

// prefixFormat is the layout of the files, and how states are computed. It grows when
// either changes.
const prefixFormat = 1

// prefixPlan determines the cached hidden states of each review, the order of their
// computation, and their offsets in the file.
type prefixPlan struct {
	layers  int // that the states come out of
	first   bool
	hidden  int
	stored  precision.Precision
	batches batching.Sequence
	ends    []int64 // end of each batch's record in the file
	starts  []int64 // start of each review's states
	tokens  int     // of all reviews, with cached states
	key     [sha256.Size]byte
}

// planPrefix plans the states of the training reviews and, after them, the validation
// reviews. Its key covers all that the states depend on: the weights below, token ids,
// the batches that they are computed in, number formats and engine.
func (r *Run) planPrefix(n *network, reviews *Reviews) (*prefixPlan, error) {
	e := r.Experiment
	layers, err := n.frozenLayers(e)
	if err != nil {
		return nil, err
	}
	all := slices.Concat(reviews.Train, reviews.Validation)
	ids := slices.Concat(n.encode("train", reviews.Train), n.encode("validation", reviews.Validation))
	batcher, err := batching.NewBatcher(ids, data.Labels(all), feed.EvaluationBatches(n.Tokenizer, e.Data.MaxLength))
	if err != nil {
		return nil, err
	}
	p := &prefixPlan{
		layers: layers, first: layers == n.Config.NumHiddenLayers, hidden: n.Config.HiddenSize, stored: e.Training.PrefixCache,
		batches: batcher.InOrder(), starts: make([]int64, len(all)),
	}
	sum := sha256.New()
	if err := p.hashNetwork(sum, n, r.engine.Config, e.Training.Precision); err != nil {
		return nil, err
	}
	at := int64(prefixHeader)
	for i := range p.batches.Len() {
		batch := p.batches.At(i)
		hashBatch(sum, batch)
		for row, review := range batch.Index {
			p.starts[review] = at
			kept := p.kept(batch.Lengths[row])
			p.tokens += kept
			at += int64(kept) * p.stateBytes()
		}
		at += prefixSum
		p.ends = append(p.ends, at)
	}
	sum.Sum(p.key[:0])
	return p, nil
}

// kept returns the number of cached states of a review with the given number of tokens: one for
// each token, or only the first if the pooler and the classifier are the only remaining layers.
func (p *prefixPlan) kept(tokens int32) int {
	if p.first {
		return min(1, int(tokens))
	}
	return int(tokens)
}

// stateBytes is the size of one token's state in the file.
func (p *prefixPlan) stateBytes() int64 {
	if p.stored == precision.BFloat16 {
		return 2 * int64(p.hidden)
	}
	return 4 * int64(p.hidden)
}

// size is that of the whole file.
func (p *prefixPlan) size() int64 { return p.ends[len(p.ends)-1] }

// end returns the end of the first n batches in the file.
func (p *prefixPlan) end(batches int) int64 {
	if batches == 0 {
		return int64(prefixHeader)
	}
	return p.ends[batches-1]
}

// name is that of the file.
func (p *prefixPlan) name() string { return hex.EncodeToString(p.key[:]) }

// hashNetwork adds all inputs of the states except the reviews.
func (p *prefixPlan) hashNetwork(sum hash.Hash, n *network, engine string, products precision.Precision) error {
	c := n.Config
	text, err := json.Marshal([]any{prefixFormat, p.layers, p.first, p.stored, engine, products,
		c.HiddenSize, c.NumAttentionHeads, c.HiddenAct, c.LayerNormEps})
	if err != nil {
		return err
	}
	sum.Write(text) // a hash never returns an error
	var variables []*model.Variable
	for v := range n.Store.IterVariables() {
		if c.InEncoderBelow(v.Path(), p.layers) {
			variables = append(variables, v)
		}
	}
	slices.SortFunc(variables, func(a, b *model.Variable) int { return strings.Compare(a.Path(), b.Path()) })
	for _, v := range variables {
		value, err := v.Value()
		if err != nil {
			return err
		}
		fmt.Fprintf(sum, "\n%s %v\n", v.Path(), v.Shape())
		if err := value.ConstBytes(func(bytes []byte) { sum.Write(bytes) }); err != nil {
			return err
		}
	}
	return nil
}

// hashBatch adds a batch's token ids and shape.
func hashBatch(sum hash.Hash, b batching.Batch) {
	fmt.Fprintf(sum, "\n%d %d %v\n", b.Rows, b.Length, b.Index)
	_ = binary.Write(sum, binary.LittleEndian, b.Lengths) // numbers of fixed size can be written
	_ = binary.Write(sum, binary.LittleEndian, b.IDs)
}
