package metrics

import (
	"fmt"
	"slices"

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
func (a *answers) auc(class int) AUC { return newAUC(a.roc(class)) }

// newAUC is the area under a curve, undefined for a reason if there is none.
func newAUC(roc *ROC, reason string) AUC {
	if roc == nil {
		return AUC{Reason: reason}
	}
	value := integrate.Trapezoidal(roc.FalsePositives, roc.TruePositives)
	return AUC{Value: &value}
}

// auc is the area of a class against its absence.
func (a *multiLabelAnswers) auc(class int) AUC {
	return newAUC(newROC(a.Classes[class], a.Len(),
		func(i int) float64 { return a.score(i, class) },
		func(i int) bool { return slices.Contains(a.Labels[i], class) }))
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
	areas := make([]AUC, len(classes))
	for i, c := range classes {
		areas[i] = c.ROCAUC
	}
	return meanArea(areas)
}

// meanArea is the mean, undefined if one area is.
func meanArea(areas []AUC) AUC {
	mean := 0.0
	for _, a := range areas {
		if a.Value == nil {
			return a
		}
		mean += *a.Value / float64(len(areas))
	}
	return AUC{Value: &mean}
}
