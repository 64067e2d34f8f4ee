// Package significance estimates how much of a number is chance: confidence intervals of shares
// ([Wilson]) and of any statistic of examples ([Bootstrap]), and paired tests of two models on the same
// examples ([McNemarTest], [Bootstrap.Permute]), with a correction for several tests ([Holm]):
//
//	interval, err := significance.Wilson(870, 1000, 0.95)                     // of 87 % correct answers
//	mean, err := significance.Bootstrap{Seed: 1}.Mean(ctx, differences)       // one value per example
//	test, err := significance.McNemarTest(fixed, broken)                      // test.PValue
//
// [Wilson], [McNemarTest] and [Holm] agree with statsmodels, bootstrap intervals and permutation tests
// with scipy; the tests of package metrics compare them.
package significance
