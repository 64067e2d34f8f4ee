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
// [Open] checks the checksums of all blocks of the index, and every tensor's position against
// the files' sizes. Reading a tensor verifies the checksum of its values. Errors in the files
// are [FormatError] values with the file and the tensor.
package tfcheckpoint
