package worker

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"syscall"
)

// MachineError is the error of a worker whose machine cannot train: its disk is full, or it may not
// write to its folder. It ends the worker. As a failure of the trial it would count against all trials of
// the sweep, one after the other, since a worker that fails at once takes the next one first.
type MachineError struct {
	Worker string
	Err    error
}

// Error implements error.
func (e *MachineError) Error() string {
	return fmt.Sprintf("worker %s cannot train on its machine: %v; free space, or name another folder (--dir, TMPDIR), and start it again: its trial went back to the queue", e.Worker, e.Err)
}

// Unwrap returns Err.
func (e *MachineError) Unwrap() error { return e.Err }

// machineErrors are errors of file systems and processes that no experiment causes.
var machineErrors = []error{
	syscall.ENOSPC, syscall.EDQUOT, syscall.EROFS, syscall.EIO, syscall.EMFILE, syscall.ENFILE, fs.ErrPermission,
}

// ofMachine returns an error of an attempt as a *MachineError if it is one of the machine.
func (a *attempt) ofMachine(err error) error {
	if slices.ContainsFunc(machineErrors, func(one error) bool { return errors.Is(err, one) }) {
		return &MachineError{a.Name, err}
	}
	return err
}

// ProgramError is the error of a worker whose program has other settings of experiments than that of the
// sweep. It ends the worker.
type ProgramError struct {
	Sweep string
	Err   error
}

// Error implements error.
func (e *ProgramError) Error() string {
	return fmt.Sprintf("sweep %s: this worker is of another version of lorabook: %v; use the program of the sweep", e.Sweep, e.Err)
}

// Unwrap returns Err.
func (e *ProgramError) Unwrap() error { return e.Err }
