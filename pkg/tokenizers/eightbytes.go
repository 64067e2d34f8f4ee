package tokenizers

// Eight bytes of a text are examined together as one number, the first byte in its lowest bits. What a
// function says of each byte is in the byte's high bit; its other bits mean nothing.
//
// Source: Lamport 1975, "Multiple byte processing with full-word instructions".
const (
	eachByte = 0x0101010101010101
	highBits = 0x80 * eachByte
)

// eightBytes returns the first eight bytes of text, which must have eight or more.
func eightBytes(text string) uint64 {
	_ = text[7]
	return uint64(text[0]) | uint64(text[1])<<8 | uint64(text[2])<<16 | uint64(text[3])<<24 |
		uint64(text[4])<<32 | uint64(text[5])<<40 | uint64(text[6])<<48 | uint64(text[7])<<56
}

// atLeast says which bytes of x are at least c, where c is at most 0x80. The answer for a byte that is not
// ASCII means nothing.
func atLeast(x, c uint64) uint64 { return (x | highBits) - c*eachByte }

// within says which bytes of x are from first to last. The answer for a byte that is not ASCII means nothing.
func within(x, first, last uint64) uint64 { return atLeast(x, first) &^ atLeast(x, last+1) }

// alphanumeric says which bytes of x are ASCII letters and digits. The answer for a byte that is not ASCII
// means nothing.
func alphanumeric(x uint64) uint64 {
	return within(x|0x20*eachByte, 'a', 'z') | within(x, '0', '9')
}

// lower turns the ASCII letters among the bytes of x into lower case. All bytes must be ASCII.
func lower(x uint64) uint64 { return x | within(x, 'A', 'Z')&highBits>>2 } // 0x20 distinguishes the cases

// notVisible says which bytes of x are neither visible ASCII characters nor spaces.
func notVisible(x uint64) uint64 { return ^within(x, ' ', '~') | x }

// spaced turns the tabs, line feeds and carriage returns among the bytes of x into spaces.
func spaced(x uint64) uint64 {
	if ^(atLeast(x, ' ')|x)&highBits == 0 { // no control characters
		return x
	}
	for i := 0; i < 64; i += 8 {
		if b := byte(x >> i); b == '\t' || b == '\n' || b == '\r' {
			x ^= uint64(b^' ') << i
		}
	}
	return x
}

// asBits returns the high bits of eight bytes as the highest eight bits, that of the first byte lowest.
func asBits(x uint64) uint64 { return x & highBits * 0x0002040810204081 &^ (1<<56 - 1) }
