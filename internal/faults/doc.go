// Package faults contains tests that kill, stop and starve trainings, and compare what they leave
// with trainings that nothing disturbed. docs/reliability.md lists the commands and the counts of
// the last long run. Each test has a short form for every run of the tests, and a long one behind a
// flag:
//
//	go test ./internal/faults -v -timeout 5h -run Kills -kills 1000
package faults
