// Package certificate certifies a finished run: one small file names, by digests, all that the run
// read and all that it computed, so that others can check a published number:
//
//	c, digest, err := certificate.Write(ctx, "runs/imdb") // runs/imdb/certificate.json
//	report, err := certificate.Verify(ctx, "runs/imdb", certificate.Options{Predict: 200})
//	fmt.Println(report) // line by line: what agrees, what differs, what could not be checked
//
// [Verify] compares the files of the run, computes the metrics again from the predictions, and,
// where they are on this machine, the digests of the data and the model and the draw of the examples.
// With Options.Predict it computes predictions again from the trained weights.
//
// A certificate is not signed. Its digest, published elsewhere, shows that it is the same one.
package certificate
