package tokenizers_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/pkg/tokenizers"
)

// randomText mixes what BERT's clean-up treats apart: pieces, marks of every class,
// spaces, controls, ideographs, composed letters, halves of special tokens.
func randomText(rng *rand.Rand, words []string) string {
	ranges := [][2]rune{
		{0x20, 0x7F}, {0, 0x100}, {0x300, 0x370}, {0xC0, 0x250}, {0x370, 0x530}, {0x590, 0x700}, {0x900, 0x1000}, {0x1E00, 0x2070},
		{0x2E80, 0x3300}, {0x3400, 0xA000}, {0xAC00, 0xD7A4}, {0xF900, 0x10000}, {0x10000, 0x12000}, {0x1D100, 0x1D200}, {0x1E900, 0x20010}, {0x2F800, 0x2FA20}, {0, 0x110000},
	}
	var b strings.Builder
	for range rng.IntN(24) {
		switch rng.IntN(4) {
		case 0:
			b.WriteString(words[rng.IntN(len(words))])
		case 1:
			b.WriteString([]string{" ", "\u00a0", "\t", "\u200d", "\u0301", "\u0323", "\u302e", "[MASK]", "[", "]", "MASK", "İ", "<tok>", "<left>", "<right>"}[rng.IntN(15)])
		default:
			span := ranges[rng.IntN(len(ranges))]
			r := span[0] + rng.Int32N(span[1]-span[0])
			if r >= 0xD800 && r < 0xE000 {
				r = 'x'
			}
			b.WriteRune(r)
		}
	}
	return b.String()
}

// Random texts through this package and through Rust's tokenizers, which reads the
// tokenizer.json that Save wrote.
func TestTokenizerEqualsRustOnRandomTexts(t *testing.T) {
	python := testenv.Get(t, "LORABOOK_PYTHON")
	if python == "" {
		t.Skip("set LORABOOK_PYTHON to a python3 that has tokenizers installed to run this")
	}
	for _, name := range []string{
		"mini-cased", "mini-uncased", "mini-cased-stripped", "mini-uncased-accents", "mini-controls", "mini-chinese-words", "mini-added",
		"bert-base-cased", "minilm-uncased",
	} {
		t.Run(name, func(t *testing.T) {
			tok, dir := variant(t, name), t.TempDir()
			if err := tok.Save(dir, 0); err != nil {
				t.Fatal(err)
			}
			words := make([]string, tok.VocabSize())
			for id := range words {
				words[id] = strings.TrimPrefix(tok.Tokens([]int32{int32(id)})[0], "##")
			}
			rng := rand.New(rand.NewPCG(7, 11))
			var texts []string
			var input bytes.Buffer
			for range 10_000 {
				text := randomText(rng, words)
				texts = append(texts, text)
				line, err := json.Marshal(text)
				if err != nil {
					t.Fatal(err)
				}
				input.Write(append(line, '\n'))
			}
			cmd := exec.Command(python, filepath.Join(references, "encode.py"), filepath.Join(dir, "tokenizer.json"))
			cmd.Stdin, cmd.Stderr = &input, os.Stderr
			out, err := cmd.Output()
			if err != nil {
				t.Fatal(err)
			}
			again, err := tokenizers.Open(dir)
			if err != nil {
				t.Fatal(err)
			}
			lines := bufio.NewScanner(bytes.NewReader(out))
			lines.Buffer(nil, 1<<20)
			seen, bad := 0, 0
			for ; lines.Scan(); seen++ {
				var want struct {
					IDs  []int32
					Text string
				}
				if err := json.Unmarshal(lines.Bytes(), &[]any{&want.IDs, &want.Text}); err != nil {
					t.Fatal(err)
				}
				text := texts[seen]
				got := tok.Encode(text, 0)
				if !slices.Equal(got, want.IDs) || tok.Decode(got) != want.Text {
					t.Errorf("%+q:\nwant %q %q\n got %q %q", text, tok.Tokens(want.IDs), want.Text, tok.Tokens(got), tok.Decode(got))
					if bad++; bad > 5 {
						t.FailNow()
					}
				}
				if !slices.Equal(again.Encode(text, 0), got) {
					t.Fatalf("%+q reads differently after Save and Open", text)
				}
			}
			if seen != len(texts) {
				t.Fatalf("%d answers to %d texts", seen, len(texts))
			}
		})
	}
}
