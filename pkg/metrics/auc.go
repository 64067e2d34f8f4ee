package metrics

import (
	"fmt"

	"gonum.org/v1/gonum/integrate"
)

// AUC is an area under the receiver operating characteristic: the probability that an example
// of the class has a higher score than an example of the other classes. Ties count half (Hanley
// and McNeil 1982, doi:10.1148/radiology.143.1.7063747).
type AUC struct {
	Value  *float64 `json:"value"`            // 0 to 1; nil if it is not defined
	Reason string   `json:"reason,omitempty"` // why it is not
}

func (a AUC) String() string {
	if a.Value == nil {
		return "undefined: " + a.Reason
	}
	return fmt.Sprintf("%.4f", *a.Value)
}

// auc is the area of a class against the rest.
func (a *answers) auc(class int) AUC {
	roc, reason := a.roc(class)
	if roc == nil {
		return AUC{Reason: reason}
	}
	value := integrate.Trapezoidal(roc.FalsePositives, roc.TruePositives)
	return AUC{Value: &value}
}

// score ranks examples by how much they look like the class. With two classes it is the
// difference of the logits, which has the same order as the probability, but no ties if
// probabilities round to 1.
func (a *answers) score(i, class int) float64 {
	if a.Logits != nil && a.classes == 2 {
		return float64(a.Logits[2*i+class]) - float64(a.Logits[2*i+1-class])
	}
	return a.row(i)[class]
}

// meanAUC is the mean over the classes, undefined if that of one is.
func meanAUC(classes []ClassMetrics) AUC {
	if len(classes) == 2 {
		return classes[1].ROCAUC
	}
	mean := 0.0
	for _, c := range classes {
		if c.ROCAUC.Value == nil {
			return c.ROCAUC
		}
		mean += *c.ROCAUC.Value / float64(len(classes))
	}
	return AUC{Value: &mean}
}
