package finetune

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/pretrain"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/splits"
	"github.com/lorabook/lorabook/pkg/tiny"
	"github.com/lorabook/lorabook/pkg/tokenizers"
)

// chinese are sentences of our own, with two labels.
func chinese(half string) []example {
	var list []example
	for i, text := range []string{
		"这部电影的故事很慢，但是两个姐妹修钟表的场面非常动人。", "剧本太差，对白无聊，看到一半我就想离开电影院。",
		"导演把一个小镇拍得很美，演员的表演也自然，我会再看一遍。", "音乐太吵，结尾也没有道理，不值票价。",
	} {
		for _, end := range []string{"", "谢谢", "真的", "今天", "昨天", "朋友也这么说"} {
			list = append(list, example{half + text[:3] + end, half + text + end, []string{"good", "bad"}[i%2]})
		}
	}
	return list
}

// Words outside the vocabulary are counted in baseline.json, and a high share causes a warning.
func TestUnknownTokensReachTheBaseline(t *testing.T) {
	ctx := context.Background()
	dir := writeExamples(t, chinese("一"), chinese("二"))
	e := Experiment{Data: splits.Config{Source: dir, Train: 12, Validation: 4, Test: -1, MaxLength: 16}}
	var shown notes
	r := openToy(t, filepath.Join(t.TempDir(), "run"), e, Options{Progress: &shown})
	b, err := r.Baseline(ctx)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(r.Folder.Path(runfolder.BaselineFile))
	if err != nil {
		t.Fatal(err)
	}
	var kept struct {
		UnknownTokens map[string]struct{ Tokens, Unknown int } `json:"unknown_tokens"`
		Warnings      []string
	}
	if err := json.Unmarshal(text, &kept); err != nil {
		t.Fatal(err)
	}
	// 24 texts of at least 14 tokens are truncated to 14: the vocabulary of lorabook-tiny has no
	// Chinese characters, and not the Chinese comma.
	if got := kept.UnknownTokens["test"]; got.Tokens != 24*14 || got.Unknown != 24*14 {
		t.Errorf("baseline.json has %+v of the test examples, expected 336 of 336", got)
	}
	if len(kept.UnknownTokens) != 3 || kept.UnknownTokens["train"].Tokens != 12*14 || kept.UnknownTokens["validation"].Tokens != 4*14 {
		t.Errorf("baseline.json has %+v", kept.UnknownTokens)
	}
	for _, part := range []string{"train", "validation", "test"} {
		want := "100.0 % of the tokens of the " + part + " examples are [UNK]"
		has := func(w string) bool { return strings.HasPrefix(w, want) }
		if !slices.ContainsFunc(shown.warnings(), has) || !slices.ContainsFunc(kept.Warnings, has) {
			t.Errorf("%q is not among the warnings %q, %q", want, shown.warnings(), kept.Warnings)
		}
	}
	if want := "[UNK]     560 of 560 tokens, 100 %:"; !strings.Contains(b.String(), want) {
		t.Errorf("the baseline does not say %q:\n%s", want, b)
	}
}

// transformers truncates and counts the same way.
func TestUnknownTokensAgainstTransformers(t *testing.T) {
	python := testenv.Need(t, "LORABOOK_PYTHON")
	dir, err := bert.Resolve(context.Background(), tiny.Name, bert.ResolveOptions{})
	if err != nil {
		t.Fatal(err)
	}
	tokenizer, err := tokenizers.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	texts := []string{"", "A slow film, but 好看 😍", strings.Repeat("Film jest powolny, ale sceny są wzruszające. ", 3), "фильм [SEP] [UNK] [MASK] ok"}
	for _, e := range chinese("") {
		texts = append(texts, e.Text)
	}
	in, err := json.Marshal(texts)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, "-c", `import json, sys
from transformers import BertTokenizer
t = BertTokenizer.from_pretrained(sys.argv[1])
rows = t(json.load(sys.stdin), truncation=True, max_length=16)["input_ids"]
kept = [i for row in rows for i in row[1:-1] if i != t.sep_token_id]
print(json.dumps({"tokens": len(kept), "unknown": kept.count(t.unk_token_id)}))`, dir)
	cmd.Stdin, cmd.Stderr = bytes.NewReader(in), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var want tokenizers.UnknownTokens
	if err := json.Unmarshal(out, &want); err != nil {
		t.Fatal(err)
	}
	if got := tokenizers.CountUnknown(tokenizer, tokenizer.EncodeAll(texts, 16)); got != want || got.Unknown == 0 || got.Unknown == got.Tokens {
		t.Errorf("%+v, transformers counts %+v", got, want)
	}
}

// The sample has no unknown words and causes no warning.
func TestUnknownTokensOfTheSample(t *testing.T) {
	var shown notes
	r := openToy(t, filepath.Join(t.TempDir(), "run"), Experiment{Data: splits.Config{Test: 20}}, Options{Progress: &shown})
	b, err := r.Baseline(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if u := b.UnknownTokens["train"]; u.Unknown != 0 || u.Tokens < 20_000 || u.Share() != 0 || len(shown.warnings()) > 0 || len(b.Warnings) > 0 {
		t.Errorf("%+v, warnings %q", u, b.Warnings)
	}
	if !strings.Contains(b.String(), "copies    none among the examples") {
		t.Errorf("the baseline is\n%s", b)
	}
}

// Every answer has the count of its own text, in any batch.
func TestAnswersCountUnknownTokens(t *testing.T) {
	ctx := context.Background()
	m, err := bert.Open(ctx, tiny.Name, bert.Options{Head: bert.Classification, Labels: []string{"bad", "good"}})
	if err != nil {
		t.Fatal(err)
	}
	p, err := classify.NewPredictor(toytest.Backend(t), m, m.Encoder(), 16)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	texts := []string{"a good film", "好", "a 好 film", strings.Repeat("好 ", 30), strings.Repeat("good ", 13) + "好"}
	answers, err := classify.New(m, p).Classify(ctx, texts)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []tokenizers.UnknownTokens{{Tokens: 3, Unknown: 0}, {Tokens: 1, Unknown: 1}, {Tokens: 3, Unknown: 1}, {Tokens: 14, Unknown: 14}, {Tokens: 14, Unknown: 1}} {
		if got := answers[i].UnknownTokens; got != want {
			t.Errorf("%q: %+v, expected %+v", texts[i], got, want)
		}
	}
}

// A pre-training warns of unknown tokens before the first step.
func TestPretrainingWarnsOfUnknownTokens(t *testing.T) {
	var shown notes
	p := pretrain.Pretraining{Texts: []string{writeExamples(t, chinese("good 一"), chinese("film 二"))}, HeldOut: 4, Stages: []pretrain.Stage{{Steps: 1, Rows: 4, Length: 16}},
		Teacher: &pretrain.Teacher{Model: tiny.Name}}
	_, err := pretrain.Run(context.Background(), filepath.Join(t.TempDir(), "run"), p, pretrain.Options{Backend: toytest.Backend(t), Progress: &shown})
	warnings := strings.Join(shown.warnings(), "\n")
	for _, want := range []string{" % of the tokens of the texts are [UNK]", " % of the tokens of the texts, as the teacher reads them, are [UNK]"} {
		if !strings.Contains(warnings, want) {
			t.Errorf("the warnings are %q, expected %q (%v)", warnings, want, err)
		}
	}
	done := pretrain.Result{UnknownTokens: tokenizers.UnknownTokens{Tokens: 10, Unknown: 1}}
	if !strings.Contains(done.String(), "\nwarning: 10.0 % of the tokens") {
		t.Errorf("the result is %s", &done)
	}
}

// The result contains the warning about unread files.
func TestPretrainingWarnsOfUnreadFiles(t *testing.T) {
	dir := t.TempDir()
	var lines string
	for _, thing := range []string{"lamp", "chair", "kettle", "radio", "bridge", "garden"} {
		lines += fmt.Sprintf("{\"text\": \"The %s was good and the film was long.\"}\n", thing)
	}
	for _, name := range []string{"train.jsonl", "more.jsonl"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(lines), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var shown notes
	done, err := pretrain.Run(context.Background(), filepath.Join(t.TempDir(), "run"), pretrain.Pretraining{Texts: []string{dir}, HeldOut: 2,
		Stages: []pretrain.Stage{{Steps: 1, Rows: 2, Length: 16}}}, pretrain.Options{Backend: toytest.Backend(t), Progress: &shown})
	if err != nil {
		t.Fatal(err)
	}
	for name, warnings := range map[string][]string{"shown": shown.warnings(), "in the result": done.Warnings()} {
		if len(warnings) != 1 || !strings.Contains(warnings[0], "more.jsonl") {
			t.Errorf("warnings %s: %q, expected one that names more.jsonl", name, warnings)
		}
	}
}

// The threshold separates texts in languages of the vocabulary from others.
func TestHighUnknownShare(t *testing.T) {
	dir, err := bert.Resolve(context.Background(), tiny.Name, bert.ResolveOptions{})
	if err != nil {
		t.Fatal(err)
	}
	sample, err := data.Open(context.Background(), data.Sample)
	if err != nil {
		t.Fatal(err)
	}
	share := func(dir string, texts ...string) float64 {
		tokenizer, err := tokenizers.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		return tokenizers.CountUnknown(tokenizer, tokenizer.EncodeAll(texts, 256)).Share()
	}
	low := map[string]float64{"sample": share(dir, data.Texts(sample.Train)...),
		"French": share(dir, "Le film est lent, mais les scènes où les sœurs réparent des horloges sont émouvantes.", "Le scénario est faible et je suis parti à la moitié.")}
	high := map[string]float64{"emoji": share(dir, "Loved it, the clock scene made me cry and I called my sister after 😭", "so boring, we left halfway through and wanted our money back 👎"),
		"Polish": share(dir, "Film jest powolny, ale sceny, w których siostry naprawiają zegary, są wzruszające."), "Chinese": share(dir, chinese("")[0].Text)}
	if cased := testenv.Get(t, "LORABOOK_BERT"); cased != "" {
		low["German, cased"] = share(cased, "Der Film ist langsam, aber die Szenen, in denen die Schwestern Uhren reparieren, sind rührend.")
		high["Chinese, cased"] = share(cased, chinese("")[0].Text)
		if imdb := testenv.Get(t, "LORABOOK_IMDB"); imdb != "" {
			low["IMDB, cased"] = share(cased, data.Texts(mustReviews(t, splits.Config{Source: imdb, Train: 2}).Test)...)
		}
	}
	for name, s := range low {
		if s >= tokenizers.HighUnknownShare {
			t.Errorf("%s: %.4f", name, s)
		}
	}
	for name, s := range high {
		if s < tokenizers.HighUnknownShare {
			t.Errorf("%s: %.4f", name, s)
		}
	}
}
