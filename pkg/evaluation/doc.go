// Package evaluation measures and compares predictions of every task, and says whether BERT is
// needed: [MeasureCheap] computes the results of answers without BERT, and [CompareCheap] compares
// a bag of words with a trained model.
//
// Each type has one field per task; that of the predictions' task is set. pkg/metrics computes the
// numbers.
//
//	before, err := evaluation.ReadPredictions(folder, runfolder.BaselinePredictionsFile, data.MultiLabel)
//	if err != nil {
//		return err
//	}
//	after, err := evaluation.ReadPredictions(folder, runfolder.ReportPredictionsFile, data.MultiLabel)
//	if err != nil {
//		return err
//	}
//	difference, err := evaluation.Compare(ctx, before, after, 1)
//	fmt.Println(difference.MultiLabel.MicroF1)
package evaluation
