package main

import (
	"strings"
	"testing"
)

func TestWorkerCommandErrors(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"worker"}, "--nats is missing"},
		{[]string{"worker", "extra"}, "extra"},
		{[]string{"worker", "--nats", "nats://secret@127.0.0.1:1"}, "the URL contains credentials"},
		{[]string{"worker", "--nats", "nats://127.0.0.1:1", "--token-file", "none"}, "the token file"},
		{[]string{"worker", "--nats", "nats://127.0.0.1:1"}, "no NATS server answers"},
		{[]string{"worker", "--nats", "nats://127.0.0.1:1", "--checkpoint-every", "-1s"}, "CheckpointEvery is -1s"},
		{[]string{"sweep", "--grid", "adapter.r=2", "runs/x"}, "go run ./kernel/sweep"},
	} {
		t.Run(strings.Join(test.args, " "), func(t *testing.T) {
			if _, err := command(t, test.args...); err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "secret") {
				t.Errorf("%q: %v, want an error with %q", test.args, err, test.want)
			}
		})
	}
}
