package conll

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func read(text string) (string, error) {
	var out []string
	err := Read(strings.NewReader(text), func(s Sentence) error {
		line := fmt.Sprint(s.Line, ":")
		for i, word := range s.Words {
			line += " " + word + "/" + s.Tags[i]
		}
		out = append(out, line)
		return nil
	})
	return strings.Join(out, "\n"), err
}

func TestRead(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"CoNLL-2003":               {"-DOCSTART- -X- -X- O\n\nAda NNP B-NP I-PER\nwrote VBD B-VP O\n. . O O\n\n\nBonn NNP B-NP I-LOC\n", "3: Ada/I-PER wrote/O ./O\n8: Bonn/I-LOC"},
		"tabs":                     {"New York\tB-LOC\nis\tO\n\nnice\tO", "1: New York/B-LOC is/O\n4: nice/O"},
		"comments":                 {"# sent_id = 1\n# text = Ada B-PER\nAda\tB-PER\n#\tO\n\n# newdoc\nBonn\tB-LOC\n", "3: Ada/B-PER #/O\n7: Bonn/B-LOC"},
		"# as a word":              {"# O\nAda B-PER\n# O\n\n# O\nBonn B-LOC\n", "1: #/O Ada/B-PER #/O\n5: #/O Bonn/B-LOC"},
		"Windows":                  {"\ufeffAda B-PER\r\nis O\r\n\r\nBonn B-LOC\r\n", "1: Ada/B-PER is/O\n4: Bonn/B-LOC"},
		"document ends a sentence": {"Ada O\n-DOCSTART- O\nBonn O\n", "1: Ada/O\n3: Bonn/O"},
		"blank lines with blanks":  {"Ada O\n \t \nBonn O", "1: Ada/O\n3: Bonn/O"},
	} {
		if got, err := read(c.text); got != c.want || err != nil {
			t.Errorf("%s:\n%s\n%v, expected\n%s", name, got, err, c.want)
		}
	}
}

func TestReadFaults(t *testing.T) {
	for says, text := range map[string]string{
		`line 2: "Lovelace" has 1 column`:                         "Ada B-PER\nLovelace\n",
		`line 3: "b c O" has 3 columns: expected 2, as in line 1`: "Ada B-PER\n\nb c O\n",
		"line 2: the line is not valid UTF-8":                     "Ada O\nM\xfcller O\n",
		`line 2: "Bonn\t" has an empty word or tag`:               "Ada\tO\nBonn\t\n",
		"line 2: the line has more than 1048576 bytes":            "Ada O\n" + strings.Repeat("x", 1<<21),
	} {
		_, err := read(text)
		if e := (*Error)(nil); !errors.As(err, &e) || !strings.Contains(err.Error(), says) {
			t.Errorf("%v, expected %q", err, says)
		}
	}
	stop := errors.New("stop")
	if err := Read(strings.NewReader("a O\n\nb O\n"), func(Sentence) error { return stop }); !errors.Is(err, stop) {
		t.Error(err)
	}
}

func TestLooks(t *testing.T) {
	for text, want := range map[string]bool{
		"-DOCSTART- -X- O O\n\nAda NNP I-NP I-PER\n": true, "Ada\tB-PER\nis\tO\n": true, "# id = 1\nAda B-PER\n": true,
		"text,label\na,b\n": false, "Ada is here\n": false, "Ada B-PER extra\nis O\n": false, "": false, "good\tpos\nbad\tneg\n": false, "\n": false,
	} {
		if got := Looks([]byte(text), true); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
	if !Looks([]byte("Ada B-PER\nis O\nhe"), false) || Looks([]byte("Ada B-PER\nhe"), true) {
		t.Error("a line that is not whole counts")
	}
}
