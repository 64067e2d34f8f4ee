package prefixcache

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

	"github.com/lorabook/lorabook/internal/safetensors"
	"github.com/lorabook/lorabook/pkg/batching"
	"github.com/lorabook/lorabook/pkg/precision"
)

// format is the version of the files' layout and of the states' computation. It is increased if
// either changes.
const format = 1

// plan determines the cached states of each example, the order of their computation, and their
// offsets in the file.
type plan struct {
	Config
	first  bool // only the first token's states are cached
	hidden int
	ends   []int64 // end of each batch's record in the file
	starts []int64 // start of each example's states
	tokens int     // number of tokens with cached states
	key    [sha256.Size]byte
}

// newPlan computes the plan and its key, the digest of all that the states depend on.
func newPlan(c Config) (*plan, error) {
	p := &plan{
		Config: c, first: c.firstOnly(), hidden: c.Model.Config.HiddenSize,
		starts: make([]int64, c.Batches.Examples()),
	}
	sum := sha256.New()
	if err := p.hashModel(sum); err != nil {
		return nil, err
	}
	at := int64(headerSize)
	for i := range c.Batches.Len() {
		batch := c.Batches.At(i)
		hashBatch(sum, batch)
		p.hashPairs(sum, batch)
		for row, example := range batch.Index {
			p.starts[example] = at
			kept := p.kept(batch.Lengths[row])
			p.tokens += kept
			at += int64(kept) * p.stateBytes()
		}
		at += sumSize
		p.ends = append(p.ends, at)
	}
	sum.Sum(p.key[:0])
	return p, nil
}

// kept returns the number of cached states of an example with the given number of tokens.
func (p *plan) kept(tokens int32) int {
	if p.first {
		return min(1, int(tokens))
	}
	return int(tokens)
}

// stateBytes is the size of one token's state in the file.
func (p *plan) stateBytes() int64 {
	if p.Stored == precision.BFloat16 {
		return 2 * int64(p.hidden)
	}
	return 4 * int64(p.hidden)
}

// size returns the size of the complete file.
func (p *plan) size() int64 { return p.ends[len(p.ends)-1] }

// end returns the end of the first n batches in the file.
func (p *plan) end(batches int) int64 {
	if batches == 0 {
		return int64(headerSize)
	}
	return p.ends[batches-1]
}

// name returns the file's name, without the ending.
func (p *plan) name() string { return hex.EncodeToString(p.key[:]) }

// hashModel adds all inputs of the states except the examples.
func (p *plan) hashModel(sum hash.Hash) error {
	c := p.Model.Config
	text, err := json.Marshal([]any{format, p.Layers, p.first, p.Stored, p.Engine.Config, p.Products,
		c.HiddenSize, c.NumAttentionHeads, c.HiddenAct, c.LayerNormEps})
	if err != nil {
		return err
	}
	sum.Write(text) // a hash never returns an error
	var variables []*model.Variable
	for v := range p.Model.Store.IterVariables() {
		if c.InEncoderBelow(v.Path(), p.Layers) {
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
		if err := safetensors.Values(value, func(values []byte) { sum.Write(values) }); err != nil {
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

// hashPairs adds the lengths of the first texts of a batch of pairs, which decide the token types.
func (p *plan) hashPairs(sum hash.Hash, b batching.Batch) {
	if p.Rows == nil || p.Rows.FirstLengths == nil {
		return
	}
	fmt.Fprint(sum, "\npairs")
	for _, row := range b.Index {
		fmt.Fprintf(sum, " %d", p.Rows.FirstLengths[row])
	}
}
