package gonb

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestSpecials(t *testing.T) {
	for source, want := range map[string][]Special{
		"":                                   nil,
		"%%\nx := 1 % 2\n":                   {{Line: 1, Shell: false, Name: "%"}},
		"!ls -l\n%cd  /tmp\n":                {{Line: 1, Shell: true, Name: "ls"}, {Line: 2, Shell: false, Name: "cd"}},
		"//gonb:!ls\n// !no\n //gonb:%x":     {{Line: 1, Shell: true, Name: "ls"}},
		"!echo a \\\n  !b \\\n  c\n%env A=B": {{Line: 1, Shell: true, Name: "echo"}, {Line: 4, Shell: false, Name: "env"}},
		"%\n!\n!!x":                          {{Line: 3, Shell: true, Name: "!x"}},
		"%%bash\n!x\n%y":                     {{Line: 1, Shell: true, Name: "%%bash"}},
		"%%script python3\nx":                {{Line: 1, Shell: true, Name: "%%script"}},
		"%%writefile x.sh\n!false\n%foo":     nil,
		"%%go\n":                             {{Line: 1, Shell: false, Name: "%go"}},
		"x\n%%bash\n":                        {{Line: 2, Shell: false, Name: "%bash"}},
		"!trailing \\":                       {{Line: 1, Shell: true, Name: "trailing"}},
	} {
		if diff := cmp.Diff(want, Specials(source), cmpopts.IgnoreUnexported(Special{})); diff != "" {
			t.Errorf("%q:\n%s", source, diff)
		}
	}
}
