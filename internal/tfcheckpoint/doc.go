// Package tfcheckpoint reads TensorFlow's checkpoints of the second version, the
// "tensor bundle" that TensorFlow has written since 1.0 and that a SavedModel keeps
// its variables in:
//
//	X.index                 a LevelDB table: a tensor's name -> where and what it is
//	X.data-00000-of-0000N   N files of values, little-endian, row-major
//
// The table's first entry, under the empty name, is a BundleHeaderProto, every other
// one a BundleEntryProto: element type, shape, file, offset, size and the CRC-32C of
// the values. Source: tensorflow/core/util/tensor_bundle and
// tensorflow/core/protobuf/tensor_bundle.proto.
//
// [Open] checks the whole index, block by block against its checksums, and every
// tensor's place against the files' sizes; a tensor's own checksum is held against
// its values when it is read. What is wrong comes back as a [FormatError] that names
// the file and the tensor.
package tfcheckpoint
