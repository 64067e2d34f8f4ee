package numerals

import "testing"

func TestGroup(t *testing.T) {
	for number, want := range map[string]string{"1234567.891": "1,234,567.891", "+12345 kB": "+12,345 kB", "0.12345": "0.12345", "1e+06": "1e+06", "NaN": "NaN", "": ""} {
		if got := Group(number); got != want {
			t.Errorf("%q: %q, want %q", number, got, want)
		}
	}
}

func TestUnbroken(t *testing.T) {
	for text, want := range map[string]string{
		"accuracy 80 %, 95 % interval": "accuracy 80\u00a0%, 95\u00a0% interval",
		"13,620 kB of 1 GB":            "13,620\u00a0kB of 1\u00a0GB",
		"80 % 5 apples 3 kBit":         "80\u00a0% 5 apples 3 kBit",
	} {
		if got := Unbroken(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestCount(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 25000: "25,000", 999999: "999,999", 1234567: "1,234,567", -1: "-1", -999: "-999", -1000: "-1,000"} {
		if got := Count(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}
