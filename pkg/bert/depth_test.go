package bert

import "testing"

func TestLayersBefore(t *testing.T) {
	c := Config{NumHiddenLayers: 4}
	for path, want := range map[string]struct {
		before  int
		inLayer bool
		below2  bool // InEncoderBelow(path, 2)
	}{
		"/bert/embeddings/word_embeddings/weight":                     {0, false, true},
		"/bert/encoder/layer/0/attention/self/query/weight":           {0, true, true},
		"/bert/encoder/layer/1/output/LayerNorm/bias":                 {1, true, true},
		"/bert/encoder/layer/2/attention/self/query/lora_A/weight":    {2, true, false},
		"/bert/encoder/layer/11/intermediate/dense/weight":            {11, true, false},
		"/bert/pooler/dense/weight":                                   {4, false, false},
		"/classifier/bias":                                            {4, false, false},
		"/classifier/lora_B/weight":                                   {4, false, false},
		"/cls/predictions/transform/dense/weight":                     {0, false, false},
		"/classifiers/weight":                                         {0, false, false},
		"bert/encoder/layer/3/attention/output/dense/weight_residual": {3, true, false},
	} {
		if got := c.LayersBefore(path); got != want.before {
			t.Errorf("LayersBefore(%s) = %d, want %d", path, got, want.before)
		}
		if got := InLayer(path); got != want.inLayer {
			t.Errorf("InLayer(%s) = %v, want %v", path, got, want.inLayer)
		}
		if got := c.InEncoderBelow(path, 2); got != want.below2 {
			t.Errorf("InEncoderBelow(%s, 2) = %v, want %v", path, got, want.below2)
		}
	}
}

// TestNames compares the exported names with those of the tensors that a model has.
func TestNames(t *testing.T) {
	masked, err := open(tiny, MaskedLM)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{WordEmbeddings, PositionEmbeddings, MaskedLMBias, QueryModule(1) + ".weight"} {
		if masked.Variable(name) == nil {
			t.Errorf("the model has no variable %s", name)
		}
	}
	classifier, err := Open(t.Context(), tiny, Options{Head: Classification, Labels: []string{"neg", "pos"}, FreshHead: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{PoolerModule + ".bias", ClassifierModule + ".bias", ClassifierWeight} {
		if classifier.Variable(name) == nil {
			t.Errorf("the model has no variable %s", name)
		}
	}
	if classifier.Variable(MaskedLMBias) != nil || classifier.Variable(QueryModule(99)+".weight") != nil {
		t.Error("a variable that the model does not have is not nil")
	}
	if !classifier.HasPooler() || !classifier.FreshClassifier() || masked.FreshClassifier() {
		t.Errorf("pooler %v, fresh classifier %v and %v, want true, true and false", classifier.HasPooler(), classifier.FreshClassifier(), masked.FreshClassifier())
	}
}
