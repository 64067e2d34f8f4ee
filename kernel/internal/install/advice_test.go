package install

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomlx/compute"

	"github.com/lorabook/lorabook/internal/plugin"
)

// The advice is given where the plugin is absent and the platform has one.
func TestAdvice(t *testing.T) {
	newHome(t)
	t.Setenv(compute.ConfigEnvVar, "")
	if got := Advice(t.Context(), "."); got != "" {
		t.Errorf("with a plugin: %q", got)
	}
	library := filepath.Join(os.Getenv(plugin.EnvPath), plugin.FileName("cpu"))
	if err := os.Remove(library); err != nil {
		t.Fatal(err)
	}
	if _, elsewhere := (Layout{}).pluginPath("cpu"); elsewhere {
		t.Skip("another plugin is installed for all users")
	}
	if got := Advice(t.Context(), "."); !strings.Contains(got, "`go run ./kernel install` installs XLA") || !strings.Contains(got, xlaFactor+" times as fast") || strings.Contains(got, "\n") {
		t.Errorf("without a plugin: %q", got)
	}
	if got := Advice(t.Context(), t.TempDir()); got != "" {
		t.Errorf("outside a checkout: %q", got)
	}
	t.Setenv(compute.ConfigEnvVar, "go")
	if got := Advice(t.Context(), "."); got != "" {
		t.Errorf("with a chosen engine: %q", got)
	}
}

func TestAdviceForPlatforms(t *testing.T) {
	for platform, known := range map[string]bool{"linux_amd64": true, "darwin_arm64": true, "freebsd_amd64": false, "linux_riscv64": false} {
		if got := advice(platform, true); (got != "") != known {
			t.Errorf("%s: %q", platform, got)
		}
	}
	if got := advice("linux_amd64", false); !strings.Contains(got, "a C compiler (apt install gcc libc6-dev) and `go run ./kernel install`") {
		t.Error(got)
	}
}
