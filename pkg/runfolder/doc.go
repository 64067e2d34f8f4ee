// Package runfolder stores the results of one run of an experiment in a folder: files that are
// written atomically, a history that grows by whole lines, locks for the writing processes, and
// digests of every input.
//
//	run, err := runfolder.Create("runs", "first", experiment, runfolder.CurrentEnvironment("xla:cpu"))
//	if err != nil {
//		return err // *BusyError, *ChangedError, *DamagedError
//	}
//	defer run.Close()
//	accuracy, err := runfolder.Once(run, runfolder.BaselineFile, measure) // computed once, then read
//
// [Join] instead of Create opens the folder for several processes: they read at any time, and
// [Folder.Lock] makes one of them compute a missing result while the others wait.
//
// The experiment is any JSON value. docs/formats.md describes the files.
package runfolder
