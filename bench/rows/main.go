package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/lorabook/lorabook/internal/cli"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/splits"
)

func main() { cli.Main(command()) }

// settings are the command line's.
type settings struct {
	rows    []int
	formats []string
	split   bool
	held    bool
}

func command() *cobra.Command {
	var s settings
	cmd := &cobra.Command{
		Use: "rows", Short: "measure the memory of opening a large table", Args: cobra.NoArgs, SilenceUsage: true,
		RunE: func(cmd *cobra.Command, _ []string) error { return s.run(cmd.Context()) },
	}
	flags := cmd.Flags()
	flags.IntSliceVar(&s.rows, "rows", []int{2_000_000}, "numbers of rows")
	flags.StringSliceVar(&s.formats, "format", []string{"csv", "parquet"}, "csv or parquet")
	flags.BoolVar(&s.split, "split", false, "a column with the half of each row")
	flags.BoolVar(&s.held, "held", false, "also measure with all texts in memory")
	cmd.AddCommand(&cobra.Command{
		Use: "draw TABLE outline|held", Short: "draw from a table and print the peak of the memory", Args: cobra.ExactArgs(2), Hidden: true,
		RunE: func(cmd *cobra.Command, args []string) error { return draw(cmd.Context(), args[0], args[1] == "held") },
	})
	return cmd
}

func (s settings) run(ctx context.Context) (err error) {
	dir, err := os.MkdirTemp("", "lorabook-rows-*")
	if err != nil {
		return err
	}
	defer func() { err = firstError(err, os.RemoveAll(dir)) }()
	program, err := os.Executable()
	if err != nil {
		return err
	}
	ways := []string{"outline"}
	if s.held {
		ways = append(ways, "held")
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "rows\tformat\tMB\ttexts\tdrawn\tseconds\tpeak MB")
	for _, rows := range s.rows {
		for _, format := range s.formats {
			path := filepath.Join(dir, fmt.Sprintf("own.%s", format))
			if err := writeTable(path, rows, s.split); err != nil {
				return err
			}
			info, err := os.Stat(path)
			if err != nil {
				return err
			}
			for _, way := range ways {
				begun := time.Now()
				child := exec.CommandContext(ctx, program, "draw", path, way)
				child.Stderr = os.Stderr
				out, err := child.Output()
				if err != nil {
					return fmt.Errorf("%s %s: %w", path, way, err)
				}
				fmt.Fprintf(w, "%d\t%s\t%d\t%s\t%s\t%.0f\t%s\n", rows, format, info.Size()/1e6, map[string]string{"outline": "read again", "held": "held"}[way],
					strings.Fields(string(out))[0], time.Since(begun).Seconds(), strings.Fields(string(out))[1])
				_ = w.Flush()
			}
			if err := os.Remove(path); err != nil {
				return err
			}
		}
	}
	return w.Flush()
}

func firstError(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// draw draws from a table, and prints the number of drawn examples and the peak of this process's
// memory in MB.
func draw(ctx context.Context, path string, held bool) error {
	config := splits.Config{Source: path, Train: 1000, Test: 1000}.WithDefaults(1)
	outline, err := open(ctx, config, held)
	if err != nil {
		return err
	}
	examples, err := config.ChooseFrom(ctx, outline, 1)
	if err != nil {
		return err
	}
	peak, err := peakMemory()
	if err != nil {
		return err
	}
	fmt.Println(len(examples.Train)+len(examples.Validation)+len(examples.Test), peak/1e6)
	return nil
}

func open(ctx context.Context, config splits.Config, held bool) (*data.Outline, error) {
	if !held {
		return config.Outline(ctx, data.SingleLabel, nil)
	}
	set, err := config.Open(ctx, data.SingleLabel)
	if err != nil {
		return nil, err
	}
	return set.Outline(), nil
}

// peakMemory returns the peak of the resident memory of this process in bytes.
func peakMemory() (int64, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == "VmHWM:" {
			kibi, err := strconv.ParseInt(fields[1], 10, 64)
			return kibi << 10, err
		}
	}
	return 0, fmt.Errorf("/proc/self/status has no VmHWM: expected Linux")
}
