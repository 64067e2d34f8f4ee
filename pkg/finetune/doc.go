// Package finetune runs an experiment: it measures an untouched BERT on labelled
// reviews, trains an adapter on it, measures again, and says what changed.
//
// [runfolder.Open] opens an [Experiment] in its run folder; [Run.Baseline], [Run.Train] and
// [Run.Report] do the work, and return at once what the folder already holds:
//
//	runs/NAME/experiment.json   the whole configuration, what it ran with, and digests of data and model
//	          baseline.json     metrics before training
//	          history.jsonl     a line per logging step and per evaluation
//	          checkpoints/      to resume from; the adapter's start, where it is computed
//	          adapter/          the best adapter, in PEFT's format
//	          head/, model/     instead of it, what the methods HeadOnly and Full keep
//	          training.json     what training came to, and what it took
//	          report.json       before, after, the difference and its test
//
// Where the lower layers are frozen, [Training].PrefixCache computes their hidden states
// once for each review and keeps them in the user's cache folder, for all epochs and for
// other runs.
//
// [classify.Open] puts what was learned to work, and [classify.Merge] makes a model of its own of
// it, which needs no adapter. [classify.Classifier.Words] says which words made an answer.
//
// Every file appears whole or not at all, so that another notebook cell, Python
// or a CI job may read the folder at any time; one process writes to it. Data and models
// are known by their content, and files have checksums: a run does not go on with other
// inputs, and its results are not returned for them; docs/formats.md describes it all.
//
// [Pretrain] trains a BERT itself, as a masked language model on texts without labels:
// one from bert.New to be made from nothing, or any other to be made at home in a
// domain, alone or beside a [Teacher]. Its run folder holds the result in model/, which an Experiment's Model takes,
// and pretrained.json, how well hidden words are found before and after.
//
// Parts serve on their own: pkg/metrics measures and compares any classifier's answers,
// [runfolder.Create] and [runfolder.Open] open a run folder of any experiment, and pkg/progress shows how
// far any work has come.
package finetune
