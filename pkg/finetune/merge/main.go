// Command merge writes a model and what it learned as one model in the hub's layout,
// which transformers and this module open without an adapter:
//
//	go run ./pkg/finetune/merge [-model MODEL] [-labels neg,pos] FROM DIR
//
// FROM is a run folder whose training is done, or an adapter's folder, also of PEFT's
// making; DIR must be new. See finetune.Merge.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"

	"github.com/lorabook/lorabook/pkg/finetune"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	err := merge(ctx, os.Args[1:], os.Stdout)
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		stop()
		os.Exit(1)
	}
}

// merge runs the command.
func merge(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("merge", flag.ContinueOnError)
	model := flags.String("model", "", "folder or hub name of the `MODEL`; default the one that FROM names")
	labels := flags.String("labels", "", "`NAMES` of the classes, as in neg,pos; default those of the run, or else of the model")
	flags.Usage = func() {
		fmt.Fprintln(flags.Output(), "usage: go run ./pkg/finetune/merge [-model MODEL] [-labels NAMES] FROM DIR")
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() != 2 {
		return fmt.Errorf("merge takes a run's or an adapter's folder and a new one, as in: go run ./pkg/finetune/merge runs/imdb models/imdb; found %q", flags.Args())
	}
	var names []string
	if *labels != "" {
		names = strings.Split(*labels, ",")
	}
	if err := finetune.Merge(ctx, *model, flags.Arg(0), flags.Arg(1), names); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "%s: a model in the hub's layout\n", flags.Arg(1))
	return err
}
