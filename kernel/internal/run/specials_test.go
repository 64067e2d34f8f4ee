package run

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSpecialsOf(t *testing.T) {
	for source, want := range map[string][]special{
		"":                                   nil,
		"%%\nx := 1 % 2\n":                   {{1, false, "%"}},
		"!ls -l\n%cd  /tmp\n":                {{1, true, "ls"}, {2, false, "cd"}},
		"//gonb:!ls\n// !no\n //gonb:%x":     {{1, true, "ls"}},
		"!echo a \\\n  !b \\\n  c\n%env A=B": {{1, true, "echo"}, {4, false, "env"}},
		"%\n!\n!!x":                          {{3, true, "!x"}},
		"%%bash\n!x\n%y":                     {{1, true, "%%bash"}},
		"%%script python3\nx":                {{1, true, "%%script"}},
		"%%writefile x.sh\n!false\n%foo":     nil,
		"%%go\n":                             {{1, false, "%go"}},
		"x\n%%bash\n":                        {{2, false, "%bash"}},
		"!trailing \\":                       {{1, true, "trailing"}},
	} {
		if diff := cmp.Diff(want, specialsOf(source), cmp.AllowUnexported(special{})); diff != "" {
			t.Errorf("%q:\n%s", source, diff)
		}
	}
}

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
		if diff := cmp.Diff(test.want, commandError(specialsOf(test.source), test.text)); diff != "" {
			t.Errorf("%q in %q:\n%s", test.text, test.source, diff)
		}
	}
}
