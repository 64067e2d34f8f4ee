package main

import (
	"github.com/spf13/cobra"

	"github.com/lorabook/lorabook/kernel/internal/install"
)

// newInstallCommand returns the command that installs the requirements of the notebooks.
func newInstallCommand() *cobra.Command {
	var options install.Options
	var user bool
	cmd := &cobra.Command{
		Use:   "install",
		Short: "Install the Go kernel for notebooks, its tools and XLA's CPU plugin",
		Long: `Install the requirements of Go notebooks on this machine, at pinned versions:

  - GoNB (the kernel) and goimports, built from this module's go.mod; gopls, for
    completion, if it is available
  - XLA's CPU plugin, unless one is found: with upstream's installer, or with pip from a
    Python wheel with a pinned checksum; without a plugin cells use the pure Go backend
  - the ECharts library, for interactive charts; without it charts are static
  - Jupyter's kernelspec, with the environment of the cells
  - compiled packages in Go's cache, for the imports of the cells

Existing parts are kept, so the command can be repeated at any time.`,
		Example: `  go run ./kernel install
  go run ./kernel install --prefix /usr/local
  go run ./kernel install --xla-wheel fastatomstruct_xla_cpu-2026.6.23-py3-none-manylinux_2_27_x86_64.whl`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return install.Run(cmd.Context(), options, cmd.OutOrStdout())
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&options.Prefix, "prefix", "", "install under `DIR`: lib/lorabook, lib/go-xla, share/jupyter")
	flags.BoolVar(&user, "user", false, "install for this user (the default)")
	flags.StringVar(&options.Wheel, "xla-wheel", "", "install XLA's plugin from the downloaded wheel `FILE`")
	flags.BoolVar(&options.NoXLA, "no-xla", false, "do not install XLA's plugin")
	flags.BoolVar(&options.NoCompile, "no-compile", false, "do not compile the imports of the cells in advance; the first cell then takes minutes")
	flags.BoolVar(&options.Force, "force", false, "build, download and write existing parts again")
	cmd.MarkFlagsMutuallyExclusive("prefix", "user")
	return cmd
}
