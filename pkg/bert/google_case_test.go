package bert

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/modelfolder"
	"github.com/lorabook/lorabook/pkg/tokenizers"
)

// TestGoogleCase: the name of the folder decides first, then a file, then the
// vocabulary; those that contradict each other are an error.
func TestGoogleCase(t *testing.T) {
	const tokenizerConfig = "tokenizer_config.json"
	type files = map[string]string
	capitals := files{"vocab.txt": "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nA\nb\n##c\n"}
	with := func(name, text string) files {
		f := files{name: text}
		for n, t := range capitals {
			f[n] = t
		}
		return f
	}
	lower, cased := `{"do_lower_case": true}`, `{"do_lower_case": false}`
	for _, c := range []struct {
		name  string
		files files
		lower bool
		says  []string // in the error; nil for none
	}{
		{"uncased_L-2_H-128_A-2", nil, true, nil},
		{"cased_L-12_H-768_A-12", nil, false, nil},
		{"bert-Cased-L-12-H-768-A-12", capitals, false, nil},
		{"multi_cased_L-12_H-768_A-12", nil, false, nil},
		{"wwm_uncased_L-24_H-1024_A-16", nil, true, nil},
		{"chinese_L-12_H-768_A-12", nil, true, nil},
		{"showcased", nil, true, nil},
		{"mine", files{tokenizerConfig: cased}, false, nil},
		{"mine", files{modelfolder.GoogleConfig: cased}, false, nil},
		{"mine", with(modelfolder.GoogleConfig, cased), false, nil},
		{"mine", files{tokenizerConfig: lower, modelfolder.GoogleConfig: cased}, true, nil},
		{"cased_L-2", files{tokenizerConfig: cased}, false, nil},
		{"mine", capitals, true, []string{tokenizerConfig, "is missing", "1 of the 8 pieces"}},
		{"uncased_mine", capitals, true, []string{`"uncased_mine"`, "rename the folder"}},
		{"cased_L-2", with(tokenizerConfig, lower), false, []string{tokenizerConfig, "do_lower_case", "is true", `"cased_L-2"`}},
		{"uncased_L-2", files{modelfolder.GoogleConfig: cased}, false, []string{modelfolder.GoogleConfig, "is false", `"uncased_L-2"`}},
		{"mine", files{modelfolder.GoogleConfig: `{"do_lower_case": "no"}`}, false, []string{modelfolder.GoogleConfig, "do_lower_case", "string"}},
	} {
		dir := copyRelease(t, googleRelease, c.name)
		for name, text := range c.files {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		tokenizer, err := tokenizers.Open(dir)
		var te *tokenizers.Error
		switch {
		case c.says != nil:
			if !errors.As(err, &te) || slices.ContainsFunc(c.says, func(s string) bool { return !strings.Contains(err.Error(), s) }) {
				t.Errorf("%s with %q: %v, want a *tokenizers.Error with %q", c.name, c.files, err, c.says)
			}
		case err != nil:
			t.Errorf("%s with %q: %v", c.name, c.files, err)
		case tokenizer.Options().Lowercase != c.lower:
			t.Errorf("%s with %q: lower case %v, want %v", c.name, c.files, tokenizer.Options().Lowercase, c.lower)
		}
	}
}

// TestHubFolderKeepsItsRule: a name decides nothing where there is no checkpoint.
func TestHubFolderKeepsItsRule(t *testing.T) {
	dir := copyRelease(t, tiny, "uncased_tiny")
	if tokenizer, err := tokenizers.Open(dir); err != nil || tokenizer.Options().Lowercase {
		t.Errorf("lower case, %v: its tokenizer_config.json says otherwise", err)
	}
}

// TestGoogleFaults names what is wrong with a release's folder.
func TestGoogleFaults(t *testing.T) {
	remove := func(names ...string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			for _, name := range names {
				if err := os.Remove(filepath.Join(dir, name)); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	edit := func(name, old, new string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			path := filepath.Join(dir, name)
			data, err := os.ReadFile(path)
			text := strings.Replace(string(data), old, new, 1)
			if err != nil || text == string(data) {
				t.Fatal(err, text)
			}
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	move := func(from, to string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			if err := os.Rename(filepath.Join(dir, from), filepath.Join(dir, to)); err != nil {
				t.Fatal(err)
			}
		}
	}
	const index, data = "bert_model.ckpt.index", "bert_model.ckpt.data-00000-of-00001"
	for name, c := range map[string]struct {
		from, as string
		spoil    func(*testing.T, string)
		says     []string
	}{
		"wider":    {googleRelease, "", edit(modelfolder.GoogleConfig, `"hidden_size": 16`, `"hidden_size": 32`), []string{index, "word_embeddings.weight: is [48 16], expected [48 32]", "query.weight: is [16 16]"}},
		"deeper":   {googleRelease, "", edit(modelfolder.GoogleConfig, `"num_hidden_layers": 2`, `"num_hidden_layers": 3`), []string{index, "16 missing", "layer.2.attention.self.query.weight"}},
		"flatter":  {googleRelease, "", edit(modelfolder.GoogleConfig, `"num_hidden_layers": 2`, `"num_hidden_layers": 1`), []string{index, "16 unexpected", "layer.1."}},
		"words":    {googleRelease, "", edit("vocab.txt", "\na\n", "\n"), []string{modelfolder.GoogleConfig, "vocab_size", "47"}},
		"no words": {googleRelease, "", remove("vocab.txt"), []string{"vocab.txt is missing"}},
		"HTML":     {googleRelease, "", edit(modelfolder.GoogleConfig, "{", "<html>{"), []string{modelfolder.GoogleConfig, "JSON"}},
		"no data":  {googleRelease, "", remove(data), []string{data + " is missing"}},
		"cut": {googleRelease, "", func(t *testing.T, dir string) {
			if err := os.Truncate(filepath.Join(dir, data), 9000); err != nil {
				t.Fatal(err)
			}
		}, []string{data, "truncated", "tensor"}},
		"no index":  {googleRelease, "", remove(index), []string{"model.safetensors is missing", "bert_model.ckpt"}},
		"no config": {googleRelease, "L-2_A-4", remove(modelfolder.GoogleConfig), nil},
		"one bit":   {googleRelease, "", edit(data, "\x3f", "\x3e"), []string{data, "checksum"}},
		"two others": {googleRelease, "", func(t *testing.T, dir string) {
			move(index, "model.ckpt-1.index")(t, dir)
			copyFile(t, dir, "model.ckpt-1.index", "model.ckpt-2.index")
		}, []string{"2 checkpoints", "model.ckpt-1, model.ckpt-2"}},
		"one other": {googleRelease, "", func(t *testing.T, dir string) {
			move(index, "model.ckpt-1.index")(t, dir)
			move(data, "model.ckpt-1.data-00000-of-00001")(t, dir)
		}, nil},
		"no number of heads, too narrow to tell": {googleSaved, "bert-uncased", func(*testing.T, string) {}, []string{"num_attention_heads", "A-12", "16"}},
		"heads that do not divide":               {googleSaved, "bert-uncased-A-5", func(*testing.T, string) {}, []string{"num_attention_heads", "is 5, expected a divisor"}},
		"saved, but its variables are elsewhere": {googleSaved, "", move("variables", "values"), []string{"config.json is missing"}},
		"saved, but its vocabulary is elsewhere": {googleSaved, "", move("assets", "more"), []string{"vocab.txt is missing"}},
		"a saved model that is something else":   {googleSaved, "", replaceBySavedOther, []string{"variables.index", "word_embeddings", modelfolder.GoogleConfig}},
	} {
		t.Run(name, func(t *testing.T) {
			if c.as == "" {
				c.as = filepath.Base(c.from)
			}
			dir := copyRelease(t, c.from, c.as)
			c.spoil(t, dir)
			m, err := open(dir, MaskedLM)
			if c.says == nil {
				if err != nil {
					t.Errorf("got %v", err)
				}
				return
			}
			if err == nil || m != nil {
				t.Fatalf("opened %v, error %v", m, err)
			}
			for _, text := range c.says {
				if !strings.Contains(err.Error(), text) {
					t.Errorf("the error does not say %q: %v", text, err)
				}
			}
		})
	}
}

func copyFile(t *testing.T, dir, from, to string) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, from))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, to), data, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// replaceBySavedOther puts the variables of a network that is no BERT.
func replaceBySavedOther(t *testing.T, dir string) {
	variables := filepath.Join(dir, "variables")
	if err := errors.Join(os.RemoveAll(variables), os.CopyFS(variables, os.DirFS("../../internal/tfcheckpoint/testdata/variables"))); err != nil {
		t.Fatal(err)
	}
}
