package records

import (
	"slices"
	"strings"
	"unicode"
)

// The names of columns, as columnKey returns them. Names of one rank are equally obvious: two
// columns of the first rank that occurs are an error.
var (
	textNames = [][]string{
		{"text"},
		{"review", "reviewtext", "reviewbody", "reviewcontent", "reviews", "sentence", "sentences", "content", "contents",
			"comment", "commenttext", "commentbody", "comments", "body", "bodytext", "message", "messages", "messagetext",
			"tweet", "tweets", "tweettext", "post", "posttext", "document", "documents", "doc", "article", "articletext",
			"texts", "utterance", "utterances", "sms", "fulltext", "rawtext", "textcontent"},
		{"cleantext", "cleanedtext", "abstract", "description", "summary", "headline", "question", "query", "phrase",
			"statement", "passage", "paragraph", "transcript", "transcription", "lyrics", "story", "plot", "synopsis",
			"overview", "news", "title", "subject", "input", "prompt", "snippet", "caption", "excerpt", "narrative",
			"feedback", "opinion", "answer", "response", "line", "quote", "verbatim", "verbatimtext"},
	}
	labelNames = [][]string{
		{"label"},
		{"labels", "target", "targets", "class", "classes", "category", "categories", "sentiment", "polarity", "intent", "intents",
			"emotion", "emotions", "topic", "topics", "goldlabel", "gold", "y", "tag", "tags", "genre", "genres",
			scoresName, "classlabel", "classname", "classid", "categoryid", "labelid", "humorrating", "annotation"},
		{"stars", "star", "starrating", "rating", "ratings", "score", "scores", "overall", "grade", "reviewscore",
			"reviewrating", "points", "similarity", "similarityscore", "relatednessscore"},
	}
	// titleNames are joined with the first of bodyNames.
	titleNames = []string{"title", "headline", "subject"}
	bodyNames  = []string{"description", "body", "content", "abstract", "message", "text", "review", "article", "reviewtext", "reviewbody"}
	pairNames  = [][2]string{
		{"premise", "hypothesis"}, {"sentence1", "sentence2"}, {"sentencea", "sentenceb"}, {"sent1", "sent2"},
		{"question1", "question2"}, {"text1", "text2"}, {"word1", "word2"}, {"texta", "textb"}, {"string1", "string2"}, {"1string", "2string"},
		{"question", "answer"}, {"question", "sentence"}, {"question", "passage"}, {"query", "passage"},
		{"query", "document"}, {"claim", "evidence"}, {"claim", "reason"}, {"context", "question"}, {"questiontext", "answertext"},
	}
	pairSecond = []string{"textpair", "pair", "secondtext", "text2", "textb"}
	idNames    = []string{"id"}
	splitNamed = []string{"split"}
	// splitLike are columns of splits if all their values are names of splits.
	splitLike = []string{"set", "partition", "subset", "fold", "half", "dataset"}
	// labelText are columns that name the classes of another column.
	labelText = []string{"labeltext", "labelname", "labelnames", "labelstr", "labelstring", "labeldesc"}
)

// scoresName is the column in which spaCy has an object with a score of each class.
const scoresName = "cats"

// columnKey returns the form in which names of columns are compared: small letters and digits. "Sentence #" is the
// number of a sentence, and no text.
func columnKey(name string) string {
	if short, ok := strings.CutSuffix(strings.TrimSpace(name), "#"); ok && slices.Contains(slices.Concat(textNames...), lettersOf(short)) {
		name = short + "number"
	}
	return lettersOf(name)
}

func lettersOf(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, name)
}

// IsKnownColumn reports whether a name is that of a text, a label or another column that is
// found.
func IsKnownColumn(name string) bool {
	key := columnKey(name)
	for _, list := range slices.Concat(textNames, labelNames, [][]string{titleNames, bodyNames, pairSecond, idNames, splitNamed, splitLike, labelText}) {
		if slices.Contains(list, key) {
			return true
		}
	}
	return slices.ContainsFunc(pairNames, func(pair [2]string) bool { return slices.Contains(pair[:], key) })
}
