// Package finetune runs an experiment: it evaluates a BERT on labelled examples, trains an
// adapter, evaluates again, and reports the difference.
//
//	run, err := finetune.Open("runs/imdb", finetune.Experiment{
//		Model: "bert-base-cased",
//		Data:  splits.Config{Source: "imdb", Train: 1800, Test: 1000},
//	}, finetune.Options{Progress: progress.New(os.Stderr)})
//	if err != nil {
//		return err
//	}
//	defer run.Close()
//	report, err := run.Report(ctx) // trains, unless the folder has the result
//	fmt.Println(report)
//
// The examples are files, since the run folder records and compares them; a program that has them in
// memory writes them first, as JSON Lines (see the example of Open).
//
// [Open] opens an [Experiment] in its run folder; [Run.Baseline], [Run.Train] and
// [Run.Report] compute the results, and return existing results from the folder:
//
//	runs/NAME/experiment.json   the whole configuration, the environment, and digests of data and model
//	          baseline.json     metrics before training
//	          history.jsonl     a line per logging step and per evaluation
//	          checkpoints/      the state to resume from; the adapter's initial values, if they are computed from data
//	          adapter/          the best adapter, in PEFT's format
//	          head/, model/     instead of the adapter, the weights of the methods HeadOnly and Full
//	          training.json     the result of the training and its cost
//	          report.json       metrics before and after, the difference and its test
//
// If the lower layers are frozen, [Training].PrefixCache computes their hidden states once for
// each example and stores them in the user's cache folder, for all epochs and for other runs.
//
// [classify.Open] classifies texts with the trained weights, and [classify.Merge] writes a
// model that needs no adapter. [classify.Classifier.Words] returns the contribution of each
// word to a prediction.
//
// Every file is written atomically, so that another notebook cell, Python or a CI job may read
// the folder at any time. One process computes each result; others that need it wait for that
// process, and continue its work if it is killed. Data and models are
// identified by digests of their content, and files have checksums: a run neither continues nor
// returns results for changed inputs. docs/formats.md describes the files.
//
// Package pretrain trains a BERT itself on unlabelled texts; its result can be an Experiment's
// Model.
//
// Other packages can be used separately: pkg/metrics evaluates and compares the predictions of
// any classifier, [runfolder.Create] and [runfolder.Open] open run folders of any experiment,
// and pkg/progress displays the progress of any task.
package finetune
