package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/certificate"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/splits"
)

// toyRun trains lorabook-tiny on a few examples of the sample and returns its run folder.
func toyRun(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "run")
	r, err := finetune.Open(dir, finetune.Experiment{
		Data:    splits.Config{Train: 16, Validation: 8, Test: 40, MaxLength: 16},
		Adapter: lora.Config{R: 4, Alpha: 8}, Training: finetune.Training{Epochs: 1},
	}, finetune.Options{Backend: testenv.GoBackend(t)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Report(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// A certified run verifies with the printed digest; a changed one is an error after the list of checks.
func TestCertifyAndVerifyCommands(t *testing.T) {
	dir := toyRun(t)
	if _, err := command(t, "verify", dir); err == nil || !strings.Contains(err.Error(), "certificate.json") {
		t.Errorf("without a certificate: %v", err)
	}
	printed, err := command(t, "certify", dir)
	lines := strings.Split(strings.TrimSpace(printed), "\n")
	digest := lines[len(lines)-1]
	if err != nil || !strings.HasPrefix(digest, "sha256:") || !strings.Contains(printed, "on 40 test examples") {
		t.Fatalf("%v\n%s", err, printed)
	}
	printed, err = command(t, "verify", dir, "--digest", digest, "--predict", "10")
	if err != nil || !strings.Contains(printed, "agrees     predictions, computed again") || !strings.Contains(printed, " 0 differ, 0 were not checked") {
		t.Errorf("%v\n%s", err, printed)
	}
	toytest.FlipLast(t, filepath.Join(dir, "adapter", lora.TensorsFile))
	printed, err = command(t, "verify", dir)
	if err == nil || !strings.Contains(err.Error(), "differs from its certificate in 1 of") || !strings.Contains(printed, "differs    adapter/adapter_model.safetensors\n           expected sha256:") {
		t.Errorf("%v\n%s", err, printed)
	}
	printed, err = command(t, "verify", dir, "--json")
	var report certificate.Report
	if err == nil || json.Unmarshal([]byte(printed), &report) != nil || report.Count(certificate.Differs) != 1 || report.Digest != digest {
		t.Errorf("%v\n%s", err, printed)
	}
	if err := os.Remove(filepath.Join(dir, "report.json")); err != nil {
		t.Fatal(err)
	}
	if _, err := command(t, "certify", dir); err == nil || !strings.Contains(err.Error(), "expected a finished run") {
		t.Error(err)
	}
	for _, args := range [][]string{{"certify"}, {"verify", dir, "b"}, {"verify", dir, "--predict", "-5"}, {"verify", dir, "--bound", "-1"}, {"verify", dir, "--digest", "x"}} {
		if _, err := command(t, args...); err == nil || !strings.Contains(err.Error(), args[0]+": ") {
			t.Errorf("%v: %v", args, err)
		}
	}
}
