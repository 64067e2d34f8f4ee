package adapters

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/pkg/lora"
)

// Values of a [Weighted]'s CombinationType. Those without svd combine the matrices A and B, each
// adapter's multiplied by √(weight·s), which must have the same rank. Those that end in svd
// combine the products s·B·A, and factorize the result.
const (
	CombineSVD               = "svd"         // the sum, exact up to what svd_rank removes
	CombineLinear            = "linear"      // sums of A and of B: not the sum of the products
	CombineCat               = "cat"         // concatenated matrices: the sum, exact, with the sum of the ranks
	CombineTIES              = "ties"        // https://arxiv.org/abs/2306.01708
	CombineTIESSVD           = "ties_svd"    //
	CombineDARELinear        = "dare_linear" // https://arxiv.org/abs/2311.03099
	CombineDARETIES          = "dare_ties"   // the values that DARE keeps, by TIES' signs
	CombineDARELinearSVD     = "dare_linear_svd"
	CombineDARETIESSVD       = "dare_ties_svd"
	CombineMagnitudePrune    = "magnitude_prune" // the sum of the largest values
	CombineMagnitudePruneSVD = "magnitude_prune_svd"
)

// Values of a [Weighted]'s MajoritySignMethod.
const (
	MajorityTotal     = "total"     // the sign of the sum of the values
	MajorityFrequency = "frequency" // the sign of most of the values
)

var combinations = []string{CombineSVD, CombineLinear, CombineCat, CombineTIES, CombineTIESSVD, CombineDARELinear, CombineDARETIES,
	CombineDARELinearSVD, CombineDARETIESSVD, CombineMagnitudePrune, CombineMagnitudePruneSVD}

// Weighted are the settings of [Set.AddWeightedAdapter], with the names of the arguments of
// PEFT's add_weighted_adapter. The zero value is PEFT's default.
type Weighted struct {
	// CombinationType, one of the above. A single adapter is always combined linearly,
	// as in PEFT. Default [CombineSVD].
	CombinationType string

	// SVDRank is the rank of the result of a type that ends in svd, at most the width of the
	// narrowest module. Default the largest rank of the adapters.
	SVDRank int

	// Density is the share of an adapter's values, from above 0 to 1, that ties and
	// magnitude_prune (the largest values) and dare (random values, divided by the share)
	// keep. These types require it.
	Density float64

	// MajoritySignMethod, for the types with ties, chooses the sign of a value on which the
	// adapters differ. Values of the other sign are left out. Default [MajorityTotal].
	MajoritySignMethod string

	// Seed is for the random values that dare keeps.
	Seed int64

	// masks replaces the random masks of dare, n values of an adapter's matrix, in tests.
	masks func(adapter string, module, matrix string, n int) []bool
}

func (w Weighted) svd() bool  { return strings.HasSuffix(w.CombinationType, "svd") }
func (w Weighted) ties() bool { return strings.Contains(w.CombinationType, "ties") }
func (w Weighted) dare() bool { return strings.HasPrefix(w.CombinationType, "dare") }
func (w Weighted) prunes() bool {
	return w.ties() || w.dare() || strings.HasPrefix(w.CombinationType, "magnitude")
}

// normalized checks the settings for a number of adapters and fills in the defaults.
func (w Weighted) normalized(adapters int) (Weighted, error) {
	bad := func(field string, value any, reason string) (Weighted, error) {
		return w, &lora.ConfigError{Field: field, Value: value, Reason: reason}
	}
	if w.CombinationType == "" {
		w.CombinationType = CombineSVD
	}
	switch {
	case !slices.Contains(combinations, w.CombinationType):
		return bad("combination_type", w.CombinationType, "expected one of "+strings.Join(combinations, ", "))
	case w.SVDRank < 0 || w.SVDRank > 0 && !w.svd():
		return bad("svd_rank", w.SVDRank, "expected at least 1, with a type that ends in svd")
	case w.prunes() && !(w.Density > 0 && w.Density <= 1):
		return bad("density", w.Density, "expected above 0 to 1: the share of the values that "+w.CombinationType+" keeps")
	case !w.prunes() && w.Density != 0:
		return bad("density", w.Density, w.CombinationType+" keeps every value: leave density out")
	case !w.ties() && w.MajoritySignMethod != "":
		return bad("majority_sign_method", w.MajoritySignMethod, "is for types with ties in their name: leave it out")
	}
	if w.ties() && w.MajoritySignMethod == "" {
		w.MajoritySignMethod = MajorityTotal
	}
	if w.ties() && w.MajoritySignMethod != MajorityTotal && w.MajoritySignMethod != MajorityFrequency {
		return bad("majority_sign_method", w.MajoritySignMethod, "expected total or frequency")
	}
	if adapters == 1 {
		w = Weighted{CombinationType: CombineLinear}
	}
	return w, nil
}

// AddWeightedAdapter combines adapters by weights into one and adds it under a name, as PEFT's
// method of that name does. The result is an adapter like the others, which [Set.Save] writes. It
// adapts all modules that one of the adapters adapts, has alpha equal to its rank, and the other
// settings of the first adapter.
//
// Modules to save are combined too, which PEFT refuses: with every type, each value is the
// weighted sum of the adapters' values, and an adapter without the module counts with the base's
// values. Two more things differ from PEFT: PEFT's result with RSLoRA is too strong by √r, and
// this one is not; PEFT leaves biases out without a message, and here they are refused.
//
// Errors: a *[NameError] for names; a *[lora.ConfigError] for settings out of range, for a number
// of weights that is not the number of adapters, for an SVDRank larger than the width of a
// module, for ranks that differ where they must not, for adapters with DoRA or biases, which
// have more than a product to combine, and for adapters that name different classes; a
// *[CapacityError] where the set has no place for the result, whose rank with cat is the sum of
// the ranks. After an error nothing is changed.
func (s *Set) AddWeightedAdapter(name string, adapters []string, weights []float64, w Weighted) error {
	if err := s.checkNew(name); err != nil {
		return err
	}
	if len(adapters) == 0 || len(weights) != len(adapters) {
		return &lora.ConfigError{Field: "weights", Value: weights, Reason: fmt.Sprintf("expected one for each adapter, of which there are %d, and at least one", len(adapters))}
	}
	w, err := w.normalized(len(adapters))
	if err != nil {
		return err
	}
	c := &combination{Weighted: w, weights: weights, names: adapters, set: s}
	for i, name := range adapters {
		if err := c.add(name, weights[i]); err != nil {
			return err
		}
	}
	if err := c.combine(); err != nil {
		return err
	}
	config, err := c.config()
	if err != nil {
		return err
	}
	outputs := map[string]int{}
	for scope := range s.outputs {
		outputs[scope] = c.adapters[0].Store().GetVariable(scope + "/weight").Shape().Dim(0)
	}
	return s.put(name, config, outputs, func(own *model.Store) (*lora.Adapter, error) { return c.adapter(config, own) })
}
