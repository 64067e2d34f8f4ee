package data

import (
	"strings"
	"testing"
)

// TestExportErrors: forms of exports of annotation programs that are not read have errors that name another form.
func TestExportErrors(t *testing.T) {
	for name, c := range map[string]struct {
		file, content string
		task          Task
		want          []string
	}{
		"a word in each row": {"own.csv", "Sentence #,Word,POS,Tag\nSentence: 1,Ada,NNP,B-per\n,wrote,VBD,O\nSentence: 2,Ben,NNP,B-per\n", "",
			[]string{"-p task=token_classification", `each row has one word and its tag, and the rows with the same "Sentence #" are a sentence`}},
		"a word and its class": {"own.csv", "word,label\nsoup,food\ntrain,travel\nbread,food\nbus,travel\n", "",
			[]string{`data.Columns{Text: "word"}`, "For the task token_classification", "each row has one word and its tag, and no column has the number", ".conll"}},
		"a word in each row, by the task": {"own.tsv", "words\tlabels\tPOS\nAda\tB-PER\tNNP\nwrote\tO\tVBD\n\nBen\tB-PER\tNNP\n", TokenClassification,
			[]string{"one word and its tag", "sentence_id", "-p id=", "--id-column", ".conll"}},
		"nested fields": {"own.json", `[{"id":1,"data":{"text":"Warm soup"},"annotations":[{"result":[]}]},{"id":2,"data":{"text":"Cold soup"},"annotations":[]}]`, "",
			[]string{`column "data" has objects`, "JSON-MIN"}},
		"nested below a version":  {"own.json", `{"version":1,"nlu":{"examples":[{"text":"Warm soup","intent":"order"}]}}`, "", []string{`column "nlu" has objects`}},
		"places of characters":    {"own.jsonl", `{"text":"Ada wrote","label":[[0,3,"PER"]]}`, "", []string{"places of their characters", "token_classification"}},
		"places of several tasks": {"own.jsonl", `{"text":"Ada wrote","label":[{"start":0,"end":3,"labels":["PER"]}]}`, MultiLabel, []string{"places of their characters"}},
		"places in an object":     {"own.jsonl", `{"text":"Ada wrote","label":{"entities":[[0,3,"PER"]]}}`, "", []string{"places of their characters"}},
		"an empty label column": {"own.csv", "text,joy,anger\nWarm soup,1,\nCold soup,0,1\n", MultiLabel,
			[]string{"own.csv:2", `label column "anger" is empty`, "0 or 1"}},
		"parts of speech": {"own.conllu", "# text = Ada wrote\n1\tAda\tAda\tPROPN\tNNP\t_\t2\tnsubj\t_\t_\n2\twrote\twrite\tVERB\tVBD\t_\t0\troot\t_\tSpaceAfter=No\n", TokenClassification,
			[]string{"own.conllu:2", "CoNLL-U", "B-PER"}},
		"a class in another case": {"own.csv", "text,label,split\nWarm soup,Good,train\nCold soup,Bad,train\nOld soup,bad,validation\n", "",
			[]string{"own.csv:4", `training class "Bad" differs from it only in case`}},
		"a header line again": {"own.csv", "text,label\nWarm soup,good\nCold soup,bad\ntext,label\nOld soup,bad\n", "", []string{"own.csv:4", "repeats the header line"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := openWith(t, Opener{Task: c.task}, c.file, c.content)
			wantError(t, err, c.want...)
		})
	}
}

// A "#" makes the name of a text that of a number, and leaves that of a label.
func TestNumberOfClass(t *testing.T) {
	d, err := openFile(t, "own.csv", "Review,Class #\nWarm soup,1\nCold soup,2\nOld soup,1\n")
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(d.Labels, " "); got != "1 2" {
		t.Errorf("classes %s", got)
	}
}

func TestExportWarnings(t *testing.T) {
	decided := strings.Repeat(`{"text":"Warm soup","label":"good","answer":"accept"}`+"\n"+`{"text":"Cold soup","label":"good","answer":"reject"}`+"\n", 3) +
		`{"text":"Old soup","label":"bad","answer":"ignore"}`
	for content, want := range map[string]string{
		decided: `column "answer" says that the label of 4 of the first 7 records was not accepted`,
		`{"text":"Warm soup","label":"good"}` + "\n" + `{"text":"Cold soup","label":"?"}`: `["?"] are those of missing values`,
	} {
		d, err := openFile(t, "own.jsonl", content)
		if err != nil {
			t.Fatal(err)
		}
		if warnings := strings.Join(d.Warnings, "\n"); !strings.Contains(warnings, want) {
			t.Errorf("warnings %q, want %q", warnings, want)
		}
	}
	d, err := openFile(t, "own.jsonl", strings.ReplaceAll(decided, "reject", "accept")[:300])
	if err == nil && strings.Contains(strings.Join(d.Warnings, "\n"), "answer") {
		t.Errorf("accepted records have the warnings %q", d.Warnings)
	}
}
