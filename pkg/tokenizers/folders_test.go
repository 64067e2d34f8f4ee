package tokenizers_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
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

// awkward are texts that tokenizers with other settings cut in other ways.
var awkward = []string{
	"Hello hellos, the CAFÉ is closed!", "a [MASK]s b [mask] [Mask]x[MASK]", "<pad> <s>tail <new>NEW new <New>", "中国 word 国x",
	"wordy wordy-wordy longlonglong", "a\u0001b\u200bc e\u0301 É", "[PAD][UNK] [CLS]x [SEP]", "  ", "", "zz ZZ <img> </s> @@s a@@s", "a  <LEFT> b \u00a0<left>",
}

// answer is what transformers makes of a folder, by folders.py.
type answer struct {
	Class   string
	IDs     [][]int32
	Pad     *int32
	Longest int64
	Rust    [][]int32
	Error   string
}

// transformersOf opens folders with transformers and encodes the texts.
func transformersOf(t testing.TB, python string, texts, dirs []string) []answer {
	t.Helper()
	first, err := json.Marshal(texts)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, filepath.Join(references, "folders.py"))
	cmd.Stdin = strings.NewReader(string(first) + "\n" + strings.Join(dirs, "\n") + "\n")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var answers []answer
	for line := range bytes.Lines(out) {
		var a answer
		if err := json.Unmarshal(line, &a); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		answers = append(answers, a)
	}
	if len(answers) != len(dirs) {
		t.Fatalf("%d answers for %d folders", len(answers), len(dirs))
	}
	return answers
}

type object = map[string]any

// pick returns one of the values.
func pick[T any](rng *rand.Rand, values ...T) T { return values[rng.IntN(len(values))] }

// randomFolder makes the files of a tokenizer's folder, with many settings that
// contradict each other, or that transformers ignores.
func randomFolder(rng *rand.Rand) map[string]string {
	often := func(n int) bool { return rng.IntN(n) == 0 }
	vocab := strings.Fields("[PAD] [UNK] [CLS] [SEP] [MASK] hello Hello ##s , the The cafe café CAFE CAFÉ is closed ! a b c ab e É é E x ##x [ ] mask MASK Mask < > pad new NEW / tail 中国 中 国 ##国 word ##y wordy - long ##long zz ZZ @ @@s s img left LEFT")
	if often(8) {
		vocab = slices.Insert(vocab, 6+rng.IntN(len(vocab)-6), "")
	}
	if often(8) {
		vocab = append(vocab, pick(rng, "hello", "a", "word "))
	}
	if often(10) {
		vocab = append(vocab, "")
	}
	ids := object{}
	for id, piece := range vocab {
		ids[strings.TrimSpace(piece)] = id
	}
	base := len(ids)
	token := func(content string) object {
		special := !often(3)
		return object{"content": content, "lstrip": often(5), "rstrip": often(5), "normalized": !special || often(6), "single_word": often(80), "special": special}
	}
	typed := func(content string) any {
		if often(2) {
			return content
		}
		o := token(content)
		o["__type"], o["special"] = "AddedToken", true
		return o
	}
	files := map[string]any{}
	config := object{}
	hasFull := often(2)
	if !often(8) {
		model := object{"model_type": "bert", "vocab_size": len(vocab) + 8}
		if often(4) {
			model["tokenizer_class"] = pick(rng, "BertTokenizer", "BertTokenizerFast", "PreTrainedTokenizerFast", "BertJapaneseTokenizer")
		}
		files["config.json"] = model
	}
	if !often(3) {
		config["tokenizer_class"] = pick(rng, "BertTokenizer", "BertTokenizerFast", "DistilBertTokenizer", "ElectraTokenizerFast", "LayoutLMTokenizer")
		if hasFull && often(2) || often(20) {
			config["tokenizer_class"] = pick(rng, "PreTrainedTokenizerFast", "TokenizersBackend", "PreTrainedTokenizer", "RetriBertTokenizerFast", "MPNetTokenizer")
		}
	}
	lower := often(2)
	if !often(5) {
		config["do_lower_case"] = lower
	}
	strip, hasStrip := often(2), often(4)
	if hasStrip {
		config["strip_accents"] = pick[any](rng, strip, strip, nil)
	}
	chinese := !often(6)
	if !chinese || often(3) {
		config["tokenize_chinese_chars"] = chinese
	}
	beyond := []string{"<pad>", "<s>", "<new>", "<img>", "<NEW>", "</s>", "<left>"}
	rng.Shuffle(len(beyond), func(i, j int) { beyond[i], beyond[j] = beyond[j], beyond[i] })
	beyond = beyond[:rng.IntN(4)]
	special := object{}
	for role, standard := range map[string]string{"pad_token": "[PAD]", "mask_token": "[MASK]", "cls_token": "[CLS]", "sep_token": "[SEP]", "unk_token": "[UNK]"} {
		if often(2) {
			special[role] = typed(standard)
		}
	}
	for _, content := range beyond {
		if often(3) {
			special[pick(rng, "pad_token", "bos_token", "eos_token", "image_token", "mask_token", "cls_token")] = typed(content)
		}
	}
	if often(5) {
		special[pick(rng, "additional_special_tokens", "extra_special_tokens")] = []any{"<img>", "<s>"}
	}
	into := config
	if often(4) {
		into = object{}
		files["special_tokens_map.json"] = into
	}
	for name, value := range special {
		into[name] = value
	}
	for name, value := range map[string]any{
		"word_tokenizer_type": "mecab", "split_special_tokens": pick(rng, true, false), "padding_side": pick(rng, "left", "right"), "do_basic_tokenize": true,
		"model_max_length": 77, "clean_up_tokenization_spaces": true, "auto_map": object{"AutoTokenizer": []any{"own.Tokenizer", nil}}, "never_split": nil,
		"init_inputs": []any{}, "a_field_of_tomorrow": pick[any](rng, "x", nil, false),
	} {
		if often(30) {
			config[name] = value
		}
	}
	decoder, encoder, added := object{}, object{}, []any{}
	for id, content := range []string{"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"} {
		o := object{"id": id, "content": content, "lstrip": false, "rstrip": false, "normalized": false, "single_word": false, "special": true}
		if !often(12) {
			added = append(added, o)
		}
		if !often(3) {
			decoder[fmt.Sprint(id)] = token(content)
		}
	}
	for i, content := range beyond {
		o := token(content)
		decoder[fmt.Sprint(base+i)], encoder[content] = o, base+i
		o = token(content)
		o["id"] = base + i
		if !often(6) {
			added = append(added, o)
		}
	}
	if often(4) {
		config["added_tokens_decoder"] = decoder
	}
	if often(4) {
		files["added_tokens.json"] = encoder
	}
	if hasFull {
		if often(8) {
			lower = !lower
		}
		var stripValue any
		if hasStrip {
			stripValue = strip
		}
		cls, sep := "[CLS]", "[SEP]"
		files["tokenizer.json"] = object{
			"version": "1.0", "truncation": nil, "padding": nil, "added_tokens": added,
			"normalizer":     object{"type": "BertNormalizer", "clean_text": !often(10), "handle_chinese_chars": chinese, "strip_accents": stripValue, "lowercase": lower},
			"pre_tokenizer":  object{"type": "BertPreTokenizer"},
			"post_processor": object{"type": "BertProcessing", "cls": []any{cls, 2}, "sep": []any{sep, 3}},
			"decoder":        object{"type": "WordPiece", "prefix": "##", "cleanup": !often(4)},
			"model": object{
				"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": pick(rng, "##", "##", "##", "##", "##", "@@"),
				"max_input_chars_per_word": pick(rng, 100, 100, 100, 100, 100, 5), "vocab": ids,
			},
		}
		if often(8) {
			files["tokenizer.json"].(object)["truncation"] = object{"direction": pick(rng, "Left", "Right"), "max_length": 5, "strategy": "LongestFirst", "stride": 0}
		}
	}
	if len(config) > 0 && !often(10) {
		files["tokenizer_config.json"] = config
	}
	texts := map[string]string{}
	for name, value := range files {
		text, err := json.Marshal(value)
		if err != nil {
			panic(err)
		}
		texts[name] = string(text)
	}
	if !hasFull || often(2) {
		texts["vocab.txt"] = strings.Join(vocab, "\n") + "\n"
	}
	return texts
}

// Random folders: what this package opens, transformers opens and reads alike; and what
// it saves, both transformers and Rust's tokenizers read alike.
func TestTokenizerFoldersAsTransformers(t *testing.T) {
	python := testenv.Get(t, "LORABOOK_PYTHON")
	if python == "" {
		t.Skip("set LORABOOK_PYTHON to a python3 that has transformers installed to run this")
	}
	const folders = 300
	rng := rand.New(rand.NewPCG(18, 6))
	var dirs, savedDirs []string
	var openers []*tokenizers.Tokenizer
	refused := map[string]int{}
	for range folders {
		files := randomFolder(rng)
		dir := folder(t, files)
		tok, err := tokenizers.Open(dir)
		dirs, openers = append(dirs, dir), append(openers, tok)
		if err != nil {
			_, reason, _ := strings.Cut(err.Error(), dir)
			refused[reason]++
			savedDirs = append(savedDirs, dir)
			continue
		}
		out := t.TempDir()
		if err := tok.Save(out, 0); err != nil {
			t.Fatal(err)
		}
		if _, ok := files["config.json"]; ok {
			if err := os.WriteFile(filepath.Join(out, "config.json"), []byte(`{"model_type": "bert"}`), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		savedDirs = append(savedDirs, out)
	}
	opened, classes, bad := 0, map[string]int{}, 0
	before, after := transformersOf(t, python, awkward, dirs), transformersOf(t, python, awkward, savedDirs)
	for i, tok := range openers {
		if tok == nil {
			continue
		}
		opened++
		var want [][]int32
		for _, text := range awkward {
			want = append(want, tok.Encode(text, 0))
		}
		same := func(ids [][]int32) bool { return slices.EqualFunc(ids, want, slices.Equal[[]int32]) }
		// A vocab.txt that no file gives a class to is BERT's here; transformers wants a
		// name. It knows no RetriBertTokenizer since version 5.
		if gone := strings.Contains(before[i].Error, "Couldn't instantiate the backend tokenizer"); !gone && (!same(before[i].IDs) || before[i].Pad != nil && *before[i].Pad != tok.PAD()) {
			t.Errorf("%s: transformers reads other ids: %+v, want %v", show(t, dirs[i]), before[i], want)
			bad++
		}
		classes[after[i].Class]++
		if !same(after[i].IDs) || after[i].Pad == nil || *after[i].Pad != tok.PAD() || !same(after[i].Rust) {
			t.Errorf("%s\nsaved as %s: transformers or tokenizers read other ids: %+v, want %v", show(t, dirs[i]), show(t, savedDirs[i]), after[i], want)
			bad++
		}
		if bad > 3 {
			t.FailNow()
		}
	}
	t.Logf("%d of %d folders opened; saved as %v", opened, folders, classes)
	for _, reason := range slices.Sorted(maps.Keys(refused)) {
		t.Logf("%4d refused%s", refused[reason], reason)
	}
	if opened < folders/4 || classes["BertTokenizer"] < folders/8 || classes["TokenizersBackend"] < folders/30 {
		t.Errorf("%d of %d folders opened, saved as %v: the test says too little", opened, folders, classes)
	}
}

// show lists the files of a folder and what is in them.
func show(t testing.TB, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, entry := range entries {
		text, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "\n%s: %s", entry.Name(), text)
	}
	return b.String()
}
