package sweep

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/gomlx/compute"

	"github.com/lorabook/lorabook/internal/inputs"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/natsconn"
	"github.com/lorabook/lorabook/pkg/progress"
)

// Options of a sweep do not affect the results of its trials.
type Options struct {
	// Server is a NATS server or cluster with JetStream. Default: a server inside the process,
	// which listens on 127.0.0.1 and keeps its streams in the folder of the sweep. Its address and
	// its token are in the files nats/url and nats/token there, which only the user can read.
	Server natsconn.Server
	// Replicas is the number of servers of a cluster that keep each stream; default 1.
	Replicas int
	// Workers is the number of workers in this process. Default 0: with the embedded server as
	// many as the machine bears (see [MachineWorkers]), with another server none. -1 means none.
	Workers int

	Progress progress.Progress // default progress.Nop
	OnStatus func(Status)      // called with each change of the sweep; may be nil
	// OnTrials is called with each change of a trial, with all trials in the order of the plan.
	// Finished ones have their Score and their run folder. It may be nil; its error ends the sweep.
	OnTrials func([]Trial) error
	Backend  compute.Backend // as finetune.Options.Backend

	// Lease is the time after which a trial without a sign of its worker is delivered to another
	// one; default 30 s. A worker gives a sign four times in it.
	Lease           time.Duration
	CheckpointEvery time.Duration // as finetune.Options.CheckpointEvery; default 5 s

	maxStore int64 // of the embedded server, for tests
}

func (o Options) withDefaults() (Options, error) {
	if o.Progress == nil {
		o.Progress = progress.Nop
	}
	if o.Lease == 0 {
		o.Lease = 30 * time.Second
	}
	if o.Replicas == 0 {
		o.Replicas = 1
	}
	switch {
	case o.Lease < time.Second:
		return o, fmt.Errorf("sweep: Lease is %v, expected at least 1s", o.Lease)
	case o.CheckpointEvery < 0:
		return o, fmt.Errorf("sweep: CheckpointEvery is %v, expected more than 0, or 0 for 5s", o.CheckpointEvery)
	case o.Replicas < 1 || o.Replicas > 5:
		return o, fmt.Errorf("sweep: Replicas is %d, expected 1 to 5", o.Replicas)
	case o.Replicas > 1 && o.Server.URL == "":
		return o, fmt.Errorf("sweep: Replicas is %d, expected 1 for the embedded server", o.Replicas)
	case o.Server.URL == "" && o.Server != (natsconn.Server{}):
		return o, errors.New("sweep: found credentials, a token file or certificates without the URL of a server (--nats), expected both: the embedded server makes its own token")
	case o.Workers < -1:
		return o, fmt.Errorf("sweep: Workers is %d, expected -1 for none, 0 for the default, or their number", o.Workers)
	}
	return o, nil
}

// MachineWorkers returns the number of workers that this machine bears for an experiment: one for
// each processor, and for each as much memory as four times the model's files and 512 MiB.
func MachineWorkers(e finetune.Experiment) int {
	n := runtime.GOMAXPROCS(0)
	free := freeMemory()
	if free == 0 {
		return n
	}
	need := int64(512 << 20)
	in := inputs.Model("model", e.Model, bert.ResolveOptions{Revision: e.ModelRevision})
	if _, files, err := in.Find(); err == nil {
		for _, file := range files {
			if info, err := os.Stat(file); err == nil {
				need += 4 * info.Size()
			}
		}
	}
	return max(1, min(n, int(free/need)))
}

// freeMemory returns the memory that programs can still use, in bytes; 0 if the system does not
// report it.
func freeMemory() int64 {
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		var kilobytes int64
		if n, _ := fmt.Sscanf(line, "MemAvailable: %d kB", &kilobytes); n == 1 {
			return kilobytes << 10
		}
	}
	return 0
}

// Status is the state of a sweep while it runs.
type Status struct {
	Waiting, Running, Done, Paused, Parked int // trials
	Workers                                int // with a sign within two leases
	Best                                   string
	Loss                                   float64 // of Best, on the validation examples
}

// String returns the status in a line.
func (s Status) String() string {
	text := fmt.Sprintf("%d waiting, %d running, %d done", s.Waiting, s.Running, s.Done)
	if s.Paused > 0 {
		text += fmt.Sprintf(", %d paused", s.Paused)
	}
	text += fmt.Sprintf(", %d parked; %d workers", s.Parked, s.Workers)
	if s.Best != "" {
		text += fmt.Sprintf("; best so far %s: validation loss %.4f", s.Best, s.Loss)
	}
	return text
}
