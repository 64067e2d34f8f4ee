// Package runlist compares the fine-tuning runs in a folder: their states, the settings that
// differ between them, and their results.
//
//	list, err := runlist.Read("runs")
//	if err != nil {
//		return err
//	}
//	fmt.Print(list) // a table for each test set, best run first
//
// It only reads, without a lock: other processes may write to the run folders at the same time.
// Runs of different tasks, and runs that were not measured on the same test examples, are in
// different groups, since their results cannot be compared. Each group has the main metric of its
// task: accuracy, micro F1, or the mean absolute error. A folder that is damaged, or is not a fine-tuning run, is
// listed with the reason.
//
// The first run of a group was selected by its result on the test examples; on new examples
// its result is probably worse.
package runlist
