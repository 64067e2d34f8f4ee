package trainer

import (
	"math"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// TestLoRAPlusGroups checks the learning rate and weight decay of each kind of tensor.
func TestLoRAPlusGroups(t *testing.T) {
	plus := Optimizer{LearningRate: 1e-4, WeightDecay: 0.1, LoRAPlusLRRatio: 16, LoRAPlusLREmbedding: 1e-6}
	alike := Optimizer{LearningRate: 1e-4, WeightDecay: 0.1}
	store := model.NewStore()
	for path, c := range map[string]struct {
		dims []int
		want group
	}{
		"/bert/encoder/layer/0/attention/self/query/lora_A/weight":         {[]int{2, 4}, group{1, 0.1}},
		"/bert/encoder/layer/0/attention/self/query/lora_B/weight":         {[]int{4, 2}, group{16, 0.1}},
		"/bert/encoder/layer/0/attention/self/query/lora_B/bias":           {[]int{4}, group{16, 0}},
		"/bert/encoder/layer/0/attention/self/query/bias":                  {[]int{4}, group{16, 0}},
		"/bert/encoder/layer/0/attention/self/query/lora_magnitude_vector": {[]int{4}, group{16, 0.1}},
		"/bert/embeddings/word_embeddings/lora_embedding_A":                {[]int{2, 9}, group{1e-2, 0.1}},
		"/bert/embeddings/word_embeddings/lora_embedding_B":                {[]int{4, 2}, group{1e-2, 0.1}},
		"/bert/encoder/layer/0/output/LayerNorm/weight":                    {[]int{4}, group{16, 0}},
		"/classifier/weight": {[]int{2, 4}, group{1, 0.1}},
		"/classifier/bias":   {[]int{2}, group{16, 0}},
	} {
		size := 1
		for _, d := range c.dims {
			size *= d
		}
		v := store.VariableWithValue(path, tensors.FromFlatDataAndDimensions(make([]float32, size), c.dims...))
		if got := plus.group(v); math.Abs(got.rate-c.want.rate) > 1e-12 || got.decay != c.want.decay {
			t.Errorf("%s: %+v, expected %+v", path, got, c.want)
		}
		if got := alike.group(v); got != (group{1, 0.1}) {
			t.Errorf("%s without LoRA+: %+v", path, got)
		}
	}
}
