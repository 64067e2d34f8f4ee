// Package doctor checks a machine for the requirements of the notebooks and reports missing
// parts with their remedies:
//
//	err := doctor.Run(ctx, doctor.Options{Notebooks: []string{"notebooks/01-baseline.ipynb"}}, os.Stdout)
//
// It changes nothing and does not use the network.
package doctor
