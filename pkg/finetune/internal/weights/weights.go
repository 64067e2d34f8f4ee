// Package weights saves and loads the tensors that a method of fine-tuning trains: an adapter, the
// head, or the whole model.
package weights

// Trained are the trained tensors of a model, in their files.
type Trained interface {
	Counts() (trainable, all int, err error) // numbers of parameters
	Save() error                             // saves the current state, the best so far
	SaveTo(dir string) error                 // saves the current state in a folder of its own, as after a training
	Load() error                             // restores the saved state
	Finish() error                           // writes the saved state to its final place after the training
	File() string                            // the main file; its size is reported
	WithoutChecksum() []string               // files that Save writes without a checksum
}
