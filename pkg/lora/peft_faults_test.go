package lora

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lorabook/lorabook/internal/loratest"
)

// What PEFT refuses, or switches on, is refused by its name: each value was tried with PEFT 0.21.2.
func TestRefusesWhatPEFTDoes(t *testing.T) {
	for _, c := range []struct{ field, value string }{
		{"kasa_config", `{}`}, {"arrow_config", `{}`}, {"use_bdlora", `{}`}, {"velora_config", `{}`}, {"kasa_config", `false`},
		{"r", `null`}, {"lora_alpha", `null`}, {"lora_dropout", `null`}, {"bias", `null`}, {"bias", `""`},
		{"rank_pattern", `null`}, {"alpha_pattern", `null`}, {"alpha_pattern", `{"query":null}`}, {"rank_pattern", `{"query":null}`},
		{"task_type", `"none"`}, {"task_type", `""`},
		{"trainable_token_indices", `[]`}, {"trainable_token_indices", `false`}, {"trainable_token_indices", `""`},
		{"target_modules", `["all-linear"]`},
		{"eva_config", `[1]`}, {"corda_config", `"x"`}, {"lora_ga_config", `false`},
	} {
		if _, err := ReadConfig(edit(t, map[string]string{c.field: c.value})); err == nil || !strings.Contains(err.Error(), c.field) {
			t.Errorf("%s %s: got %v, want an error that names it", c.field, c.value, err)
		}
	}
	dir := edit(t, map[string]string{"base_model_name_or_path": "\"caf\xe9\""})
	path := filepath.Join(dir, ConfigFile)
	text, err := os.ReadFile(path)
	loratest.Must(t, err)
	loratest.Must(t, os.WriteFile(path, []byte(strings.Replace(string(text), "\ufffd", "\xe9", 1)), 0o644))
	if _, err := ReadConfig(dir); err == nil || !strings.Contains(err.Error(), "UTF-8") {
		t.Errorf("latin-1: %v", err)
	}
}

// What PEFT computes is computed.
func TestComputesWhatPEFTDoes(t *testing.T) {
	for _, c := range []struct{ field, value, warning string }{
		{"init_lora_weights", `null`, ""},
		{"megatron_config", `{}`, ""}, {"trainable_token_indices", `{}`, ""}, {"alora_invocation_tokens", `[]`, ""}, {"eva_config", `{}`, ""},
		{"layer_replication", `0`, ""},
		{"fan_in_fan_out", `true`, "fan_in_fan_out true has no effect"},
	} {
		a, err := Open(edit(t, map[string]string{c.field: c.value}), loratest.Store(t), loratest.Modules())
		if err != nil {
			t.Errorf("%s %s: %v", c.field, c.value, err)
			continue
		}
		if got := strings.Join(a.Warnings(), "; "); (got == "") != (c.warning == "") || !strings.Contains(got, c.warning) {
			t.Errorf("%s %s: warnings %q, want %q", c.field, c.value, got, c.warning)
		}
	}
}

// Of several values for a key the last counts, at the place of the first, as in Python.
func TestRepeatedKeys(t *testing.T) {
	c, err := ReadConfig(edit(t, map[string]string{"alpha_pattern": `{"query":30,"value":9,"query":50}`, "rank_pattern": `{"query":1,"query":2}`}))
	loratest.Must(t, err)
	if diff := cmp.Diff(Patterns[float64]{{"query", 50}, {"value", 9}}, c.AlphaPattern); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(Patterns[int]{{"query", 2}}, c.RankPattern); diff != "" {
		t.Error(diff)
	}
}
