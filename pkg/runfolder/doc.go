// Package runfolder stores the results of one run of an experiment in a folder: files that are
// written atomically, a history that grows by whole lines, a lock for the writing process, and
// digests of every input.
//
//	run, err := runfolder.Create("runs", "first", experiment, runfolder.CurrentEnvironment("xla:cpu"))
//	if err != nil {
//		return err // *BusyError, *ChangedError, *DamagedError
//	}
//	defer run.Close()
//	accuracy, err := runfolder.Once(run, runfolder.BaselineFile, measure) // computed once, then read
//
// The experiment is any JSON value. docs/formats.md describes the files.
package runfolder
