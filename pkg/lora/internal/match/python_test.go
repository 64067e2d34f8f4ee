package match

import (
	"errors"
	"strings"
	"testing"
)

// names are those that the patterns of TestPythonsExpressions match or not.
var names = []string{
	"bert.encoder.layer.0.attention.self.query",
	"bert.encoder.layer.1.attention.self.value",
	"bert.encoder.layer.11.output.dense",
	"classifier",
}

// Each pattern gives what re.match(rf"(.*\.)?({pattern})$", name) gives for the names in Python 3.11.
func TestPythonsExpressions(t *testing.T) {
	for pattern, want := range map[string]string{
		`layer\.\d{,2}\.attention\.self\.query`:    "1000",
		`layer.\d{,}.*`:                            "1110",
		`que{,1}ry`:                                "1000",
		`que{}ry`:                                  "0000",
		`[a-z-[q]]*query`:                          "0000",
		`[a-z-[q]+query`:                           "0000",
		`[[:digit:]]*query`:                        "0000",
		`[[:alpha:]]+query`:                        "0000",
		`[[:alp]ayer|[0-[:1]\]?.*\.dense`:          "0010",
		`[]q]uery`:                                 "1000",
		`[^]q]alue`:                                "0100",
		`[a-z&&[q]]uery`:                           "0000",
		`\U00000071uery`:                           "1000",
		`\x71\u0075\145ry`:                         "1000",
		`query|\1value`:                            "1000", // \1 is PEFT's (.*\.)?, all that precedes
		`(?(1)value|classifier)`:                   "0101",
		`qu(e)ry|(?P<v>v)alue|qu\3ry`:              "1100",
		`(?P<u>[a-z])(?P<v>[a-z])\w+(?P=u)?ry`:     "1000",
		`(c)(?P<l>l)(a)(s)\6ifier`:                 "0001",
		`.*+query`:                                 "0000",
		`(?i:QUERY)`:                               "1000",
		`(?x: q u e r y # the name` + "\n)":        "1000",
		`q(?#c)uery`:                               "1000",
		`^query`:                                   "0000",
		`^bert.encoder.layer.0.*`:                  "1000",
		`(?<=self\.)\w+`:                           "1100",
		`(?<!self\.)query`:                         "0000",
		`quer?y\Z`:                                 "1000",
		`(?-i:query)`:                              "1000",
		`a|`:                                       "0000",
		`~?@*layer\.(?:0|1)\.(attention\.)?.*\b`:   "1100",
		`(?s-x:.)lassifier`:                        "0001",
		`[\w.]*dense`:                              "0010",
		`layer\.1[0-1]{1,}\.(?=output\.).*`:        "0010",
		`(?>layer\.1|layer\.11)\.output\.dense`:    "0000",
		`(?:layer\.1|layer\.11)\.output\.dense{1}`: "0010",
	} {
		m, err := New(Settings{TargetModules: []string{"x"}, AlphaPattern: []string{pattern}})
		if err != nil {
			t.Errorf("%s: %v", pattern, err)
			continue
		}
		got := ""
		for _, name := range names {
			i, err := m.AlphaPattern(name)
			if err != nil {
				t.Errorf("%s: %v", pattern, err)
			}
			got += string("10"[-i])
		}
		if got != want {
			t.Errorf("%s matches %s of the names, in Python %s", pattern, got, want)
		}
	}
}

// What Python refuses, or cannot be translated, is refused by its name and place.
func TestRefusedExpressions(t *testing.T) {
	for pattern, want := range map[string]string{
		`\N{DIGIT ONE}`:          `\N, a character by its name`,
		`query\2`:                "group 2 inside of it",
		`query\9`:                "group 9, which does not exist",
		`(?(7)a|b)`:              "group 7, which does not exist",
		`(?(2)a|b)`:              "group 2 inside of it",
		`(?P<n>a)(?P<n>b)`:       "a second group n",
		`(?P=n)`:                 "the group n, which does not exist",
		`(?<n>a)`:                "(?<n, which is no construct",
		`(?'n'a)`:                "(?'n, which is no construct",
		`(?n:a)`:                 "(?n:, which is no construct",
		`query(?i)`:              "not at its start",
		`\p{L}`:                  `\p, which is no escape`,
		`\G`:                     `\G, which is no escape`,
		`\x7`:                    `expected 2 hexadecimal digits`,
		`\777`:                   `\777, which is no character`,
		`\UFFFFFFFF`:             "which is no character",
		`a**`:                    "a quantifier after another at character 3",
		`^*`:                     "nothing to repeat",
		`+a`:                     "nothing to repeat",
		`a{2,1}`:                 "2 repetitions at least",
		`a{99999999999}`:         "repetitions, more than",
		`(?<=a+)b`:               "without a fixed width",
		`(a`:                     "missing closing ) of the group at character 1",
		`a)(b`:                   "unbalanced ) at character 2",
		`[a`:                     "missing closing ] of the class",
		`[z-a]`:                  "z-a, which is no range",
		`[a-\d]`:                 `a-\d, which is no range`,
		`\`:                      `a \ with nothing behind it`,
		"(?i:\u212a)ey":          "outside of ASCII",
		`(?#`:                    "missing closing ) of the comment",
		`(?(1)a|b|c)`:            "more than two alternatives",
		`(?P<1>a)`:               "is no name of a group",
		strings.Repeat("(", 999): "groups in one another",
	} {
		_, err := New(Settings{TargetModules: []string{"x"}, AlphaPattern: []string{pattern}})
		var bad *ConfigError
		if !errors.As(err, &bad) || bad.Field != "alpha_pattern" || !strings.Contains(bad.Reason, want) {
			t.Errorf("%.40s: got %v, want a ConfigError with %q", pattern, err, want)
		}
	}
	if _, err := New(Settings{TargetRegexp: `(q)uery|\1`}); err != nil { // without PEFT's groups
		t.Error(err)
	}
	if _, err := New(Settings{TargetRegexp: `\1query`}); err == nil {
		t.Error("no error for a group that does not exist")
	}
}
