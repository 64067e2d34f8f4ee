package tokenizers_test

import (
	"archive/tar"
	"compress/gzip"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"hash/crc32"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/pkg/tokenizers"
)

// The files below testdata/tokenizer hold what Rust's tokenizers library answers;
// make_reference.py beside them wrote them.
const references = "testdata/tokenizer"

func readJSON(t testing.TB, name string, into any) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(references, name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatal(name, err)
	}
}

func miniVocab(t testing.TB) []string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(references, "vocab.txt"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
}

// modelFolder is the folder of a real model, or skips the test.
func modelFolder(t testing.TB, variable, model string) string {
	t.Helper()
	dir := os.Getenv(variable)
	if dir == "" {
		t.Skipf("set %s to the folder of %s to run this", variable, model)
	}
	return dir
}

// variant makes the tokenizer that make_reference.py calls by this name.
func variant(t testing.TB, name string) *tokenizers.Tokenizer {
	t.Helper()
	open := func(dir string) *tokenizers.Tokenizer {
		tok, err := tokenizers.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		return tok
	}
	var opts tokenizers.Options
	switch name {
	case "bert-base-cased":
		return open(modelFolder(t, "LORABOOK_BERT", name))
	case "minilm-uncased":
		return open(modelFolder(t, "LORABOOK_MINILM", "all-MiniLM-L6-v2"))
	case "mini-cased":
	case "mini-uncased":
		opts.Lowercase = true
	case "mini-cased-stripped":
		opts.StripAccents = new(true)
	case "mini-uncased-accents":
		opts.Lowercase, opts.StripAccents = true, new(false)
	case "mini-controls":
		opts.Lowercase, opts.KeepControls = true, true
	case "mini-chinese-words":
		opts.KeepChineseWords = true
	case "mini-added":
		opts.Lowercase = true
		opts.Added = []tokenizers.AddedToken{
			{Content: "[PAD]", Special: true}, {Content: "[UNK]", Special: true}, {Content: "[CLS]", Special: true},
			{Content: "[SEP]", Special: true}, {Content: "[MASK]", Special: true},
			{Content: "<tok>"}, {Content: "newtok", Normalized: true}, {Content: "Cafétok", Normalized: true},
			{Content: "<left>", LStrip: true}, {Content: "<right>", RStrip: true, Special: true}, {Content: "<to"},
		}
	default:
		t.Fatalf("variant %q is not known here", name)
	}
	tok, err := tokenizers.New(miniVocab(t), opts)
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

type sentenceReference struct {
	Texts    []string `json:"texts"`
	Pairs    [][3]any `json:"pairs"` // a, b, maxLen
	Variants map[string]struct {
		IDs   [][]int32 `json:"ids"`
		Pairs []struct {
			IDs   []int32 `json:"ids"`
			Types []int32 `json:"types"`
		} `json:"pairs"`
		Decoded []string `json:"decoded"`
	} `json:"variants"`
}

func TestTokenizerEqualsRustOnSentences(t *testing.T) {
	var ref sentenceReference
	readJSON(t, "sentences.json", &ref)
	for _, name := range slices.Sorted(maps.Keys(ref.Variants)) {
		t.Run(name, func(t *testing.T) {
			want, tok := ref.Variants[name], variant(t, name)
			all := tok.EncodeAll(ref.Texts, 0)
			for i, text := range ref.Texts {
				got := tok.Encode(text, 0)
				if diff := cmp.Diff(want.IDs[i], got); diff != "" {
					t.Errorf("Encode(%+q):\nwant %q\n got %q", text, tok.Tokens(want.IDs[i]), tok.Tokens(got))
				}
				if !slices.Equal(got, all[i]) {
					t.Errorf("EncodeAll of %+q differs from Encode", text)
				}
				if got := tok.Decode(want.IDs[i]); got != want.Decoded[i] {
					t.Errorf("Decode(%q):\nwant %q\n got %q", tok.Tokens(want.IDs[i]), want.Decoded[i], got)
				}
			}
			for i, p := range ref.Pairs {
				a, b, n := p[0].(string), p[1].(string), int(p[2].(float64))
				ids, types := tok.EncodePair(a, b, n)
				if !slices.Equal(ids, want.Pairs[i].IDs) || !slices.Equal(types, want.Pairs[i].Types) {
					t.Errorf("EncodePair(%q, %q, %d):\nwant %q %v\n got %q %v", a, b, n,
						tok.Tokens(want.Pairs[i].IDs), want.Pairs[i].Types, tok.Tokens(ids), types)
				}
			}
		})
	}
}

// readExamples returns the texts of each folder ("train/neg") of IMDB's archive or
// unpacked folder, in the order of their file names.
func readExamples(t testing.TB) map[string][]string {
	t.Helper()
	source := testenv.Get(t, "LORABOOK_IMDB")
	if source == "" {
		t.Skip("set LORABOOK_IMDB to aclImdb_v1.tar.gz, or to its unpacked folder, to run this")
	}
	files := map[string]map[string]string{}
	keep := func(name string, read func() ([]byte, error)) {
		dir, file := path.Split(name)
		folder := path.Base(path.Dir(path.Clean(dir))) + "/" + path.Base(dir)
		if path.Ext(file) != ".txt" || !slices.Contains([]string{"train/neg", "train/pos", "test/neg", "test/pos"}, folder) {
			return
		}
		text, err := read()
		if err != nil {
			t.Fatal(name, err)
		}
		if files[folder] == nil {
			files[folder] = map[string]string{}
		}
		files[folder][file] = string(text)
	}
	if info, err := os.Stat(source); err != nil {
		t.Fatal(err)
	} else if info.IsDir() {
		for _, folder := range []string{"train/neg", "train/pos", "test/neg", "test/pos"} {
			names, err := filepath.Glob(filepath.Join(source, folder, "*.txt"))
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range names {
				keep(filepath.ToSlash(name), func() ([]byte, error) { return os.ReadFile(name) })
			}
		}
	} else {
		file, err := os.Open(source)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		unpacked, err := gzip.NewReader(file)
		if err != nil {
			t.Fatal(err)
		}
		for archive := tar.NewReader(unpacked); ; {
			header, err := archive.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			keep(header.Name, func() ([]byte, error) { return io.ReadAll(archive) })
		}
	}
	texts := map[string][]string{}
	for folder, named := range files {
		for _, name := range slices.Sorted(maps.Keys(named)) {
			texts[folder] = append(texts[folder], named[name])
		}
	}
	return texts
}

// All 50,000 reviews, read as they are: each review's ids by two bytes of their
// CRC-32, each folder's by their SHA-256.
func TestTokenizerEqualsRustOnIMDB(t *testing.T) {
	reviews := readExamples(t)
	var ref map[string]struct {
		IDs     int `json:"ids"`
		Folders map[string]struct {
			Reviews int    `json:"reviews"`
			IDs     int    `json:"ids"`
			SHA256  string `json:"sha256"`
		} `json:"folders"`
	}
	readJSON(t, "imdb.json", &ref)
	checks, err := os.ReadFile(filepath.Join(references, "imdb.bin"))
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range []string{"bert-base-cased", "minilm-uncased"} {
		t.Run(name, func(t *testing.T) {
			tok := variant(t, name)
			check := checks[i*100_000 : (i+1)*100_000]
			total, equal, took := 0, 0, time.Duration(0)
			for _, folder := range []string{"train/neg", "train/pos", "test/neg", "test/pos"} {
				want := ref[name].Folders[folder]
				if len(reviews[folder]) != want.Reviews {
					t.Fatalf("%s holds %d reviews, want %d: is LORABOOK_IMDB the whole of it?", folder, len(reviews[folder]), want.Reviews)
				}
				begin := time.Now()
				encoded := tok.EncodeAll(reviews[folder], 0)
				took += time.Since(begin)
				ids, digest := 0, sha256.New()
				for j, row := range encoded {
					packed, _ := binary.Append(nil, binary.LittleEndian, row)
					digest.Write(packed)
					ids += len(row)
					if uint16(crc32.ChecksumIEEE(packed)) == binary.LittleEndian.Uint16(check) {
						equal++
					} else if t.Errorf("review %d of %s differs", j, folder); equal < total-20 {
						t.FailNow()
					}
					check = check[2:]
				}
				total += len(encoded)
				if got := hex.EncodeToString(digest.Sum(nil)); ids != want.IDs || got != want.SHA256 {
					t.Errorf("%s: %d ids with SHA-256 %s, want %d with %s", folder, ids, got, want.IDs, want.SHA256)
				}
			}
			t.Logf("%d of %d reviews equal, %d ids, encoded in %v", equal, total, ref[name].IDs, took.Round(time.Millisecond))
		})
	}
}
