package terminal

import "testing"

func TestMoveLine(t *testing.T) {
	for _, test := range []struct{ before, after, stays, moves string }{
		{" 0 %", "\r10 %", "", "10 %"},
		{"a\n 0 %", "\r10 %\n", "a\n", "10 %\n"},
		{"a\n50 %\r", "     \rb", "a\n", "b    "},
		{"50", "\b1", "", "51"},
		{"\x1b[31m50 %", "\r51", "", "\x1b[31m51 %"},
	} {
		var s Screen
		s.Write(test.before)
		if !s.Overwrites(test.after) {
			t.Errorf("%q then %q: nothing is overwritten", test.before, test.after)
			continue
		}
		moved := s.MoveLine()
		moved.Write(test.after)
		if got := s.String(); visible(got) != test.stays {
			t.Errorf("%q then %q: %q stays, want %q", test.before, test.after, got, test.stays)
		}
		if got := moved.String(); got != test.moves && visible(got) != visible(test.moves) {
			t.Errorf("%q then %q: %q moves, want %q", test.before, test.after, got, test.moves)
		}
	}
	for _, test := range []struct{ before, after string }{
		{"a", "b"}, {"a", "\r\n"}, {"a\n", "\rb"}, {"", "\rb"}, {"a", ""}, {"a", "\n"}, {"a\r", "\nb"},
	} {
		var s Screen
		s.Write(test.before)
		if s.Overwrites(test.after) {
			t.Errorf("%q then %q: something is overwritten", test.before, test.after)
		}
	}
}

// visible returns a text without its escape sequences.
func visible(text string) string {
	out := ""
	for text != "" {
		if text[0] == 0x1b {
			text = text[parseSequence(text).size:]
			continue
		}
		out, text = out+text[:1], text[1:]
	}
	return out
}
