package jupyter

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// readCall is the number of the system call read(2) in /proc/PID/task/TID/syscall.
var readCall = map[string]string{"amd64": "0", "arm64": "63"}[runtime.GOARCH]

// procStat contains fields of /proc/PID/stat (proc(5)).
type procStat struct {
	state  string
	parent int
	ticks  int64
}

func readStat(pid int) (procStat, bool) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return procStat{}, false
	}
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:])) // from the third on
	if len(fields) < 13 {
		return procStat{}, false
	}
	parent, _ := strconv.Atoi(fields[1])
	user, _ := strconv.ParseInt(fields[11], 10, 64)
	system, _ := strconv.ParseInt(fields[12], 10, 64)
	return procStat{state: fields[0], parent: parent, ticks: user + system}, true
}

func processes() map[int]bool {
	found := make(map[int]bool)
	entries, _ := os.ReadDir("/proc")
	for _, entry := range entries {
		if pid, err := strconv.Atoi(entry.Name()); err == nil {
			found[pid] = true
		}
	}
	return found
}

// pipes returns the pipes that a process has open.
func pipes(pid int) map[string]bool {
	found := make(map[string]bool)
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	for _, file := range files {
		if target, err := os.Readlink(file); err == nil && strings.HasPrefix(target, "pipe:") {
			found[target] = true
		}
	}
	return found
}

func (p *osProcess) before() known {
	return known{processes: processes(), pipes: pipes(p.Pid)}
}

// stall finds a process that is not among the known ones, shares a pipe with the kernel that is
// not either, and blocks its cell; nil if there is none.
func (p *osProcess) stall(known known) *stall {
	kernel := p.Pid
	ours := pipes(kernel)
	maps.DeleteFunc(ours, func(pipe string, _ bool) bool { return known.pipes[pipe] })
	// The program that the kernel started has ended if it is a zombie, which the kernel has not waited
	// for (GoNB waits after the end of the output), or no child of the kernel is left (os/exec waits
	// first where it copies the output itself, as for GoNB's calls of the go command).
	zombie, running := false, false
	var held stall
	for pid := range processes() {
		if known.processes[pid] || pid == kernel {
			continue
		}
		stat, ok := readStat(pid)
		switch {
		case !ok:
		case stat.state == "Z":
			zombie = zombie || stat.parent == kernel
		case readsInput(pid, ours):
			return &stall{input: true, pids: []int{pid}, names: []string{commandLine(pid)}, ticks: stat.ticks}
		case stat.parent == kernel:
			running = true
		case shares(pid, ours):
			held.pids = append(held.pids, pid)
			held.ticks += stat.ticks
		}
	}
	if running && !zombie || len(held.pids) == 0 {
		return nil
	}
	slices.Sort(held.pids)
	for _, pid := range held.pids {
		held.names = append(held.names, commandLine(pid))
	}
	return &held
}

// readsInput reports whether a thread of the process is in read(2) of its standard input,
// and that is one of the pipes.
func readsInput(pid int, pipes map[string]bool) bool {
	input, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/0", pid))
	if err != nil || !pipes[input] || readCall == "" {
		return false
	}
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/syscall", pid))
	for _, thread := range threads {
		text, _ := os.ReadFile(thread)
		if fields := strings.Fields(string(text)); len(fields) > 1 && fields[0] == readCall && fields[1] == "0x0" {
			return true
		}
	}
	return false
}

func shares(pid int, ours map[string]bool) bool {
	for pipe := range pipes(pid) {
		if ours[pipe] {
			return true
		}
	}
	return false
}

func commandLine(pid int) string {
	const most = 80
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	line := strings.ToValidUTF8(strings.TrimSpace(strings.ReplaceAll(string(text), "\x00", " ")), "?")
	if len(line) > most {
		line = strings.ToValidUTF8(line[:most], "") + "…"
	}
	return line
}

// release ends the processes of a stall: those that wait for input as Ctrl-C would, the
// others as kill does.
func (p *osProcess) release(s *stall) {
	signal := syscall.SIGTERM
	if s.input {
		signal = syscall.SIGINT
	}
	for _, pid := range s.pids {
		_ = syscall.Kill(pid, signal)
	}
}
