package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/lorabook/lorabook/internal/printable"
	"github.com/lorabook/lorabook/pkg/erroranalysis"
	"github.com/lorabook/lorabook/pkg/finetune"
)

// newErrorsCommand returns the command that lists the surest mistakes of a run.
func newErrorsCommand() *cobra.Command {
	var (
		places      finetune.Places
		n           int
		out, filled string
		texts       bool
	)
	cmd := &cobra.Command{
		Use:   "errors RUN",
		Short: "List the surest mistakes of a run, and count the kinds that a reader filled in",
		Long: `List the N test examples of the finished run RUN whose wrong answer has the highest probability: id,
label, answer, probability, length in tokens, whether the text was cut, and the training example with
the same or nearly the same text. The run has one class per example; its data and its model's tokenizer are on
this machine.

--out writes a CSV file, without texts, with the columns kind and note for a person: kind is irony, mixed,
wrong label (the reader agrees with the model), cut or other. --filled reads such a file and prints the share of wrong
labels with its 95 % interval. --texts prints the texts on the terminal.`,
		Example: `  go run ./kernel errors runs/imdb -n 100 --out mistakes.csv
  go run ./kernel errors runs/imdb -n 5 --texts
  go run ./kernel errors --filled mistakes.csv`,
		Args: func(_ *cobra.Command, args []string) error {
			if filled != "" && len(args) == 0 || filled == "" && len(args) == 1 {
				return nil
			}
			return fmt.Errorf("errors: found the arguments %q, expected one run folder, or --filled FILE alone", args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if filled != "" {
				if out != "" || texts || places != (finetune.Places{}) || cmd.Flags().Changed("number") {
					return errors.New("errors: found --filled with other flags, expected it alone: it reads the file only")
				}
				s, err := erroranalysis.Summarize(filled)
				if err != nil {
					return err
				}
				_, err = fmt.Fprintln(cmd.OutOrStdout(), s)
				return err
			}
			r, err := finetune.OpenFinished(args[0], places, finetune.Options{})
			if err != nil {
				return err
			}
			list, err := erroranalysis.Surest(cmd.Context(), r, n)
			if err != nil {
				return err
			}
			if out != "" {
				if err := erroranalysis.Write(out, list); err != nil {
					return err
				}
			}
			for _, m := range list {
				line := fmt.Sprintf("%s  label %s, answer %s with %.4f, %d tokens", m.ID, m.Label, m.Answer, m.Probability, m.Tokens)
				if m.Cut {
					line += ", cut"
				}
				if m.Duplicate != "" {
					line += ", duplicate of " + m.Duplicate
				}
				if _, err := fmt.Fprintln(cmd.OutOrStdout(), printable.Line(line)); err != nil {
					return err
				}
				for _, text := range []string{m.Example.Text, m.Example.TextPair} {
					if texts && text != "" {
						if _, err := fmt.Fprintf(cmd.OutOrStdout(), "    %s\n", printable.Line(text)); err != nil {
							return err
						}
					}
				}
			}
			text := fmt.Sprintf("%d mistakes, the surest first", len(list))
			if len(list) == 1 {
				text = "1 mistake"
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), text)
			return err
		},
	}
	flags := cmd.Flags()
	flags.IntVarP(&n, "number", "n", 100, "largest `NUMBER` of mistakes")
	flags.StringVar(&places.Data, "data", "", "another place of the run's data: a `FILE`, folder, pattern or name")
	flags.StringVar(&places.Model, "model", "", "another place of the run's base model: a `FOLDER`, .zip or name")
	flags.StringVar(&out, "out", "", "new CSV `FILE` for a reader, without texts")
	flags.StringVar(&filled, "filled", "", "CSV `FILE` that a reader filled in: print the share of wrong labels")
	flags.BoolVar(&texts, "texts", false, "print the texts too")
	return cmd
}
