package data

import "testing"

// The name of a file need not tell its format: UCI's SMSSpamCollection is a table with tabs.
func TestTableWithoutExtension(t *testing.T) {
	for delimiter, name := range map[string]string{"\t": "SMSSpamCollection", ";": "own.dat", "|": "own.psv", ",": "own"} {
		content := "ham" + delimiter + "See you at the station\nspam" + delimiter + "You have won a \"free\" prize\nham" + delimiter + "I am late\n"
		d, err := openFile(t, name, content)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if len(d.Train) != 3 || d.Train[1].Text != `You have won a "free" prize` || d.Labels[d.Train[1].Label] != "spam" {
			t.Errorf("%s: %q, %+v", name, d.Labels, d.Train)
		}
	}
	_, err := openFile(t, "own.label", "DESC:manner How did it end ?\nHUM:ind Who came ?\n")
	wantError(t, err, "neither is the content")
}
