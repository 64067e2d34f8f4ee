package run

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lorabook/lorabook/kernel/internal/gonb"
)

func TestCommandError(t *testing.T) {
	const shells = "!a\n%%\nfmt.Println(1)"
	for _, test := range []struct {
		source, text string
		want         *CommandError
	}{
		{shells, "exit status 3\n", &CommandError{1, "the shell command ended with exit status 3"}},
		{shells, "^C\nsignal: interrupt\n", &CommandError{1, "the shell command ended with signal: interrupt"}},
		{shells, "signal: segmentation fault (core dumped)\n", &CommandError{1, "the shell command ended with signal: segmentation fault (core dumped)"}},
		{"!a\n!b", "exit status 3\n", &CommandError{0, "a shell command ended with exit status 3"}},
		{"%%sh\nfalse", "exit status 1\n", &CommandError{1, "the shell command ended with exit status 1"}},
		{shells, "make: exit status 3\n", nil},
		{shells, "exit status 3\nmore\n", nil},
		{shells, "exit status 3", nil},
		{"%%\nos.Exit(3)", "exit status 3\n", nil}, // the kernel reports this itself
		{"x\n%foo bar", `"%foo" unknown or not implemented yet.`, &CommandError{2, "GoNB does not know the special command %foo"}},
		{"%%go\nx", `"%%go" unknown or not implemented yet.`, &CommandError{1, "GoNB does not know the special command %%go"}},
		{"%%\nprint()", `"%foo" unknown or not implemented yet.`, nil}, // a program's own words
	} {
		if diff := cmp.Diff(test.want, commandError(gonb.Specials(test.source), test.text)); diff != "" {
			t.Errorf("%q in %q:\n%s", test.text, test.source, diff)
		}
	}
}
