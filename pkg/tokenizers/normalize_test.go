package tokenizers

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// Every character of Unicode, between letters and beside marks of lower and higher
// class, through clean-up and splitting, against Rust's tokenizers library.
func TestNormalizeEqualsRustOnEveryCharacter(t *testing.T) {
	data, err := os.ReadFile("testdata/tokenizer/characters.json")
	if err != nil {
		t.Fatal(err)
	}
	var want map[string][]string
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	variants := map[string]Options{
		"mini-cased": {}, "mini-uncased": {Lowercase: true}, "mini-cased-stripped": {StripAccents: new(true)},
		"mini-uncased-accents": {Lowercase: true, StripAccents: new(false)},
		"mini-controls":        {Lowercase: true, KeepControls: true}, "mini-chinese-words": {KeepChineseWords: true},
	}
	if len(want) != len(variants) {
		t.Fatalf("%d variants in the reference, %d here", len(want), len(variants))
	}
	for name, opts := range variants {
		n := newNormalizer(opts)
		var found wordReader
		for block, digest := range want[name] {
			hash := sha256.New()
			var text, words []byte
			for r := rune(block * 4096); r < rune(block+1)*4096; r++ {
				if r >= 0xD800 && r <= 0xDFFF {
					continue
				}
				c := string(r)
				text = n.append(text[:0], "A"+c+"B\u302e"+c+"\u302f"+c+"\u0338")
				words = words[:0]
				for found.reset(string(text), true); found.next(n); {
					for i := range found.count {
						if len(words) > 0 {
							words = append(words, '\x1f')
						}
						words = append(words, found.word(i)...)
					}
				}
				hash.Write(append(words, '\n'))
			}
			if got := hex.EncodeToString(hash.Sum(nil))[:8]; got != digest {
				t.Errorf("%s: some character from U+%04X to U+%04X is read differently", name, block*4096, block*4096+4095)
			}
		}
	}
}

func TestParseCharTablesNamesTheLine(t *testing.T) {
	for text, want := range map[string]string{
		"[drop]\n0-8\nxyz": ":3:", "[what]": `"what"`, "[class]\n300 999": ":2:", "[lower]\n41 110000": ":2:",
	} {
		if _, err := parseCharTables(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: want an error with %q, got %v", text, want, err)
		}
	}
}
