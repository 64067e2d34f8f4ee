package digest

import "hash/crc32"

// Castagnoli is the table of CRC-32C, for hash/crc32: the checksum of TensorFlow's
// checkpoints, of the tensors in safetensors files and of the files of run folders.
var Castagnoli = crc32.MakeTable(crc32.Castagnoli)
