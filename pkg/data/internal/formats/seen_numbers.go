package formats

import (
	"cmp"
	"crypto/sha256"
	"slices"
	"strconv"
	"strings"
)

// seenNumbers are the numbers of sentences that have occurred. Numbers that ascend, "Sentence: 1" and "Sentence: 2",
// take no memory each, so that a table can be read as a stream.
type seenNumbers struct {
	prefix string // of the numbers in runs
	runs   []numberRun
	others map[[sha256.Size / 2]byte]bool
}

// numberRun is a range of numbers that have all occurred.
type numberRun struct{ first, last int }

// add adds the number of a sentence, and reports whether it is new.
func (s *seenNumbers) add(text string) bool {
	digits := text[len(strings.TrimRight(text, "0123456789")):]
	number, err := strconv.Atoi(digits)
	prefix := text[:len(text)-len(digits)]
	if err == nil && strconv.Itoa(number) == digits {
		if s.runs == nil {
			s.prefix, s.runs = prefix, []numberRun{{number, number}}
			return true
		}
		if last := &s.runs[len(s.runs)-1]; prefix == s.prefix {
			switch {
			case number == last.last+1 && !s.has(text):
				last.last++
				return true
			case number > last.last && !s.has(text):
				s.runs = append(s.runs, numberRun{number, number})
				return true
			}
			if s.within(number) {
				return false
			}
		}
	}
	if s.has(text) {
		return false
	}
	if s.others == nil {
		s.others = map[[sha256.Size / 2]byte]bool{}
	}
	s.others[sumOf(text)] = true
	return true
}

func sumOf(text string) [sha256.Size / 2]byte {
	sum := sha256.Sum256([]byte(text))
	return [sha256.Size / 2]byte(sum[:])
}

func (s *seenNumbers) has(text string) bool { return s.others != nil && s.others[sumOf(text)] }

// within reports whether a number is in one of the runs.
func (s *seenNumbers) within(number int) bool {
	_, found := slices.BinarySearchFunc(s.runs, number, func(r numberRun, n int) int {
		if r.first <= n && n <= r.last {
			return 0
		}
		return cmp.Compare(r.first, n)
	})
	return found
}
