// Package objective defines, for each task, the loss that a training minimizes and the criterion
// that selects its best state.
//
// [Loss] has the options of the loss: class weights, label smoothing, focal loss, positive
// weights. [Loss.Rows] returns the loss of a task with these options, and [New] the objective of
// the training loop. [Measure] measures the predictions for the validation examples, and
// [BestBy.Better] decides which of two such measurements is kept:
//
//	loss := objective.Loss{ClassWeights: objective.Balanced}
//	if err := objective.Validate(data.SingleLabel, loss, objective.ByAccuracy); err != nil {
//		return err
//	}
//	rows, err := loss.Rows(data.SingleLabel, train, labels)
package objective
