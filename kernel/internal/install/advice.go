package install

import (
	"context"
	"fmt"
	"os"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/go-xla/installer"
)

// xlaFactor is how many times as fast training is with XLA as with the pure Go backend, and
// xlaFactorSource where that was measured; bench/RESULTS.md has the figures.
const (
	xlaFactor       = "2.5 to 4"
	xlaFactorSource = "bert-base-cased and lorabook-tiny on an AMD EPYC, bench/RESULTS.md"
)

// Advice returns one line about the command that makes the notebooks faster here, and by how
// much: for a checkout around dir whose cells use the pure Go backend, although go-xla has a
// plugin for this platform. Otherwise it is empty, also if the environment selects the engine.
func Advice(ctx context.Context, dir string) string {
	module, err := FindModule(dir)
	if err != nil || os.Getenv(compute.ConfigEnvVar) != "" {
		return ""
	}
	chain, err := FindToolchain(ctx, module.Dir)
	if err != nil {
		return ""
	}
	layout, err := NewLayout("")
	if err != nil || len(layout.pluginDirs()) > 0 {
		return ""
	}
	return advice(chain.Env["GOOS"]+"_"+chain.Env["GOARCH"], chain.Env["CGO_ENABLED"] == "1")
}

// advice is the line for a platform in go-xla's form.
func advice(platform string, cgo bool) string {
	if !slices.Contains(installer.CPUSupportedPlatforms, platform) {
		return ""
	}
	command := "`go run ./kernel install`"
	if !cgo {
		command = "a C compiler (apt install gcc libc6-dev) and " + command
	}
	return fmt.Sprintf("%s installs XLA, with which training is %s times as fast as in this run (%s)", command, xlaFactor, xlaFactorSource)
}
