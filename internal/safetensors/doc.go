// Package safetensors reads and writes files of named tensors in the
// safetensors format (https://github.com/huggingface/safetensors):
//
//	8 bytes    length N of the header, unsigned, little-endian
//	N bytes    header: one JSON object, padded with spaces
//	the rest   the tensors' values, little-endian, row-major, back to back
//
// The header maps a tensor's name to its dtype, its shape and its half-open range of bytes in
// the rest; the name __metadata__ maps to strings.
//
// [Open] maps the file into memory and checks its whole header, as strictly as the format's
// reference library. Every byte of the data belongs to exactly one tensor, every size agrees
// with shape and dtype, and names are unique. Errors in the file are [FormatError] values,
// which identify a truncated file, a web page, a Git LFS pointer and a PyTorch pickle.
//
// [Write] writes the same bytes as the format's own library does, and the file
// appears whole or not at all.
package safetensors
