package main

import (
	"github.com/spf13/cobra"

	"github.com/lorabook/lorabook/kernel/internal/install"
)

// newInstallCommand returns the command that sets this machine up for the notebooks.
func newInstallCommand() *cobra.Command {
	var options install.Options
	var user bool
	cmd := &cobra.Command{
		Use:   "install",
		Short: "Install the Go kernel for notebooks, its tools and XLA's CPU plugin",
		Long: `Install what Go notebooks need on this machine, at pinned versions:

  - GoNB (the kernel) and goimports, built from this module's go.mod; gopls, for
    completion, if it can be had
  - XLA's CPU plugin, unless one is found: by upstream's installer, or else from a
    Python wheel with a pinned checksum, through pip; without it the pure Go backend serves
  - the ECharts library, which makes charts interactive; without it they are pictures
  - Jupyter's kernelspec, with the environment that cells need
  - Go's cache, with what cells import compiled in advance

What is there already is left alone, so the command can be run again at any time.`,
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
	flags.StringVar(&options.Wheel, "xla-wheel", "", "take XLA's plugin from the wheel `FILE`, downloaded elsewhere")
	flags.BoolVar(&options.NoXLA, "no-xla", false, "leave XLA's plugin out")
	flags.BoolVar(&options.NoCompile, "no-compile", false, "do not compile in advance what cells import; the first cell then takes minutes")
	flags.BoolVar(&options.Force, "force", false, "build, download and write again what is there already")
	cmd.MarkFlagsMutuallyExclusive("prefix", "user")
	return cmd
}
