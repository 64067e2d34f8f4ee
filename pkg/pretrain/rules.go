package pretrain

// rules are the choices of one version of this package that affect a training's result. A training
// keeps the rules that it began with, so that a resumed one uses the batches and the held-out texts
// of its earlier steps. Checkpoints contain them.
type rules int

const (
	// firstRules are those of checkpoints without this field. Held-out texts are compared with the
	// training texts as strings, additional special tokens are masked like words, and an epoch ends
	// with its last full batch in the history's count of epochs.
	firstRules rules = 0
	// rulesOfTokens compare the tokens of held-out texts, never mask special tokens, and count epochs
	// by rows.
	rulesOfTokens rules = 1

	currentRules = rulesOfTokens
)
