package adapters

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/pkg/lora"
)

// Values of a [Weighted]'s CombinationType. Those without svd work on the matrices A
// and B, each adapter's times √(weight·s), which are to be of one rank; those that end
// in svd on the products s·B·A, and find matrices for the outcome.
const (
	CombineSVD               = "svd"         // the sum, exact but for what svd_rank cuts off
	CombineLinear            = "linear"      // sums of A and of B: not the sum of the products
	CombineCat               = "cat"         // matrices beside each other: exact, and of the sum of the ranks
	CombineTIES              = "ties"        // https://arxiv.org/abs/2306.01708
	CombineTIESSVD           = "ties_svd"    //
	CombineDARELinear        = "dare_linear" // https://arxiv.org/abs/2311.03099
	CombineDARETIES          = "dare_ties"   // the values that DARE leaves, by TIES' signs
	CombineDARELinearSVD     = "dare_linear_svd"
	CombineDARETIESSVD       = "dare_ties_svd"
	CombineMagnitudePrune    = "magnitude_prune" // the sum of the largest values
	CombineMagnitudePruneSVD = "magnitude_prune_svd"
)

// Values of a [Weighted]'s MajoritySignMethod.
const (
	MajorityTotal     = "total"     // the sign of the sum of the values
	MajorityFrequency = "frequency" // that of most of them
)

var combinations = []string{CombineSVD, CombineLinear, CombineCat, CombineTIES, CombineTIESSVD, CombineDARELinear, CombineDARETIES,
	CombineDARELinearSVD, CombineDARETIESSVD, CombineMagnitudePrune, CombineMagnitudePruneSVD}

// Weighted says how adapters become one; the names are those of the arguments of PEFT's
// add_weighted_adapter. The zero value is PEFT's default.
type Weighted struct {
	// CombinationType, one of the above. A single adapter is always combined linearly,
	// as in PEFT. Default [CombineSVD].
	CombinationType string

	// SVDRank is the rank of what a type that ends in svd comes to, at most the width of
	// the narrowest module. Default the largest rank of the adapters.
	SVDRank int

	// Density is the share of an adapter's values, from above 0 to 1, that ties,
	// magnitude_prune (the largest) and dare (by lot, divided by the share) keep; these
	// need it.
	Density float64

	// MajoritySignMethod, for the types with ties, says which sign a value gets, on which
	// adapters differ: the others' values are left out. Default [MajorityTotal].
	MajoritySignMethod string

	// Seed is that of dare's lots.
	Seed int64

	// lots are those of dare, n for an adapter's matrix, instead of the seed's.
	lots func(adapter string, module, matrix string, n int) []bool
}

func (w Weighted) svd() bool  { return strings.HasSuffix(w.CombinationType, "svd") }
func (w Weighted) ties() bool { return strings.Contains(w.CombinationType, "ties") }
func (w Weighted) dare() bool { return strings.HasPrefix(w.CombinationType, "dare") }
func (w Weighted) prunes() bool {
	return w.ties() || w.dare() || strings.HasPrefix(w.CombinationType, "magnitude")
}

// normalized checks the settings for so many adapters and fills in the defaults.
func (w Weighted) normalized(adapters int) (Weighted, error) {
	bad := func(field string, value any, reason string) (Weighted, error) {
		return w, &lora.ConfigError{Field: field, Value: value, Reason: reason}
	}
	if w.CombinationType == "" {
		w.CombinationType = CombineSVD
	}
	switch {
	case !slices.Contains(combinations, w.CombinationType):
		return bad("combination_type", w.CombinationType, "must be one of "+strings.Join(combinations, ", "))
	case w.SVDRank < 0 || w.SVDRank > 0 && !w.svd():
		return bad("svd_rank", w.SVDRank, "goes with the types that end in svd, and is at least 1")
	case w.prunes() && !(w.Density > 0 && w.Density <= 1):
		return bad("density", w.Density, "must be from above 0 to 1: it is the share of the values that "+w.CombinationType+" keeps")
	case !w.prunes() && w.Density != 0:
		return bad("density", w.Density, w.CombinationType+" keeps every value: leave it out")
	case !w.ties() && w.MajoritySignMethod != "":
		return bad("majority_sign_method", w.MajoritySignMethod, "goes with the types that have ties in their name")
	}
	if w.ties() && w.MajoritySignMethod == "" {
		w.MajoritySignMethod = MajorityTotal
	}
	if w.ties() && w.MajoritySignMethod != MajorityTotal && w.MajoritySignMethod != MajorityFrequency {
		return bad("majority_sign_method", w.MajoritySignMethod, "must be total or frequency")
	}
	if adapters == 1 {
		w = Weighted{CombinationType: CombineLinear}
	}
	return w, nil
}

// AddWeightedAdapter combines adapters by weights into one and adds it under a name, as
// PEFT's method of that name; from then on it is an adapter like the others, which
// [Set.Save] writes. It has all modules that one of the adapters has, alpha equal
// to its rank, and else the settings of the first of them.
//
// Modules to save are combined too, which PEFT refuses: whatever the type, each value
// is the sum of the adapters' by their weights, those of an adapter without the module
// being the base's. Of what PEFT computes it differs in this: with RSLoRA, PEFT's result
// is too strong by √r, and this one is not; PEFT leaves biases out without a word, which
// are refused here.
//
// Errors: a *[NameError] for names; a *[lora.ConfigError] for settings out of range, weights
// that are not as many as adapters, an SVDRank beyond the width of a module, ranks that
// differ where they must not, and adapters with DoRA or biases, which have more than a
// product to combine, and adapters that name different classes; a *[RoomError] where there is no room for the result: of cat, the
// rank is the sum of the ranks. After an error nothing is changed.
func (s *Set) AddWeightedAdapter(name string, adapters []string, weights []float64, w Weighted) error {
	if err := s.checkNew(name); err != nil {
		return err
	}
	if len(adapters) == 0 || len(weights) != len(adapters) {
		return &lora.ConfigError{Field: "weights", Value: weights, Reason: fmt.Sprintf("expected as many as adapters, which are %d, and at least one", len(adapters))}
	}
	w, err := w.normalized(len(adapters))
	if err != nil {
		return err
	}
	m := &mixture{Weighted: w, weights: weights, names: adapters, set: s}
	for i, one := range adapters {
		a, err := s.adapter(one)
		if err != nil {
			return err
		}
		if math.IsNaN(weights[i]) || math.IsInf(weights[i], 0) {
			return &lora.ConfigError{Field: "weights", Value: weights[i], Reason: "the weight of " + one + " must be a number"}
		}
		c, labels := a.Config(), a.Labels()
		field, value := "", any(true)
		switch {
		case c.DoRA:
			field = "use_dora"
		case c.LoRABias:
			field = "lora_bias"
		case c.Bias != lora.BiasNone:
			field, value = "bias", c.Bias
		}
		if field != "" {
			return &lora.ConfigError{Field: field, Value: value, Reason: "adapter " + one + " has more than a product of matrices, which is all that can be combined"}
		}
		if labels != nil && m.labels != nil && !slices.Equal(labels, m.labels) {
			return &lora.ConfigError{Field: "labels", Value: labels, Reason: fmt.Sprintf("adapter %s has these classes and the ones before it have %q: the rows of their classifiers cannot be added", one, m.labels)}
		}
		if m.labels == nil {
			m.labels = labels
		}
		m.adapters = append(m.adapters, a)
	}
	if err := m.mix(); err != nil {
		return err
	}
	c, err := m.config()
	if err != nil {
		return err
	}
	return s.put(name, c, func(own *model.Store) (*lora.Adapter, error) { return m.adapter(c, own) })
}
