// Package erroranalysis lists the surest mistakes of a run for a person who reads them, and counts
// what the person found:
//
//	mistakes, err := erroranalysis.Surest(ctx, run, 100)
//	err = erroranalysis.Write("mistakes.csv", mistakes) // ids, no texts; fill in the column kind
//	summary, err := erroranalysis.Summarize("mistakes.csv")
//	fmt.Println(summary) // share of wrong labels with its interval
//
// The surest mistakes are not a random sample of the mistakes: among them wrong labels are more
// frequent than among all.
package erroranalysis
