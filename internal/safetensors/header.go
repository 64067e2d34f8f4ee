package safetensors

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/bits"
	"slices"
	"unicode/utf8"
)

const (
	lengthBytes     = 8           // of the header's length
	maxHeaderLength = 100_000_000 // the format's own limit
	metadataName    = "__metadata__"
)

// entry is the header's entry of one tensor.
type entry struct {
	dtype      dtype
	shape      []int
	begin, end uint64 // bytes of the data section
}

// header is the checked header, with the offset of the data in the file.
type header struct {
	tensors   map[string]entry
	metadata  map[string]string
	sums      map[string]uint32 // of the tensors' bytes, CRC-32C; nil if the file has none
	dataStart int
}

// parseHeader reads the header of a whole file and checks that its tensors
// cover the data exactly. path serves the errors.
func parseHeader(path string, file []byte) (*header, error) {
	fail := func(tensor, format string, args ...any) (*header, error) {
		return nil, &FormatError{Path: path, Tensor: tensor, Reason: fmt.Sprintf(format, args...)}
	}
	text, data, err := splitHeader(file)
	if err != nil {
		if what := recognise(file); what != "" {
			return fail("", "%s", what)
		}
		return fail("", "%v", err)
	}
	fields, err := object(text)
	if err != nil {
		return fail("", "the header is not one JSON object: %v", err)
	}

	h := &header{tensors: make(map[string]entry, len(fields)), dataStart: lengthBytes + len(text)}
	names := make([]string, 0, len(fields))
	for _, field := range fields {
		if field.name == metadataName {
			if h.metadata, err = parseMetadata(field.value); err != nil {
				return fail("", "%s: %v", metadataName, err)
			}
			continue
		}
		e, err := parseEntry(field.value)
		if err != nil {
			return fail(field.name, "%v", err)
		}
		h.tensors[field.name] = e
		names = append(names, field.name)
	}
	if err := h.checkCover(path, names, data); err != nil {
		return h, err
	}
	return h, h.takeChecksums(path)
}

// splitHeader returns the text of a file's header and the length of its data.
func splitHeader(file []byte) (text []byte, data uint64, err error) {
	if len(file) == 0 {
		return nil, 0, errors.New("the file is empty")
	}
	if len(file) < lengthBytes {
		return nil, 0, fmt.Errorf("truncated: found %d bytes, expected at least 8 for the header's length", len(file))
	}
	length := binary.LittleEndian.Uint64(file)
	rest := file[lengthBytes:]
	if length > maxHeaderLength {
		return nil, 0, fmt.Errorf("not a safetensors file: its first 8 bytes would make a header of %d bytes, the format allows %d", length, maxHeaderLength)
	}
	if length > uint64(len(rest)) {
		return nil, 0, fmt.Errorf("truncated: the header takes %d bytes, the file has %d after the header's length", length, len(rest))
	}
	text = rest[:length]
	if !utf8.Valid(text) {
		return nil, 0, errors.New("the header is not UTF-8")
	}
	if len(text) == 0 || text[0] != '{' {
		return nil, 0, errors.New("the header does not start with '{'")
	}
	return text, uint64(len(rest)) - length, nil
}

// checkCover makes sure that the tensors, in the order of their places, follow
// one another from the first to the last of the data's bytes.
func (h *header) checkCover(path string, names []string, data uint64) error {
	slices.SortFunc(names, func(a, b string) int {
		x, y := h.tensors[a], h.tensors[b]
		return cmp.Or(cmp.Compare(x.begin, y.begin), cmp.Compare(x.end, y.end))
	})
	var at uint64
	for _, name := range names {
		e := h.tensors[name]
		switch {
		case e.begin < at:
			return &FormatError{path, name, fmt.Sprintf("starts at byte %d of the data, inside the previous tensor, which ends at %d", e.begin, at)}
		case e.begin > at:
			return &FormatError{path, name, fmt.Sprintf("starts at byte %d of the data, after a gap from %d", e.begin, at)}
		}
		at = e.end
	}
	switch {
	case at > data:
		return &FormatError{path, "", fmt.Sprintf("truncated: the tensors take %d bytes, the file has %d after its header, %d are missing", at, data, at-data)}
	case at < data:
		return &FormatError{path, "", fmt.Sprintf("%d bytes follow the last tensor", data-at)}
	}
	return nil
}

// parseEntry reads {"dtype":…,"shape":[…],"data_offsets":[begin,end]} and checks
// that the three agree.
func parseEntry(raw json.RawMessage) (entry, error) {
	fields, err := object(raw)
	if err != nil {
		return entry{}, err
	}
	var e entry
	var name string
	var shape, offsets []uint64
	seen := 0
	for _, field := range fields {
		switch field.name {
		case "dtype":
			err = json.Unmarshal(field.value, &name)
		case "shape":
			shape, err = naturals(field.value)
		case "data_offsets":
			offsets, err = naturals(field.value)
		default:
			return e, fmt.Errorf("unknown field %q: dtype, shape and data_offsets are all the format has", field.name)
		}
		if err != nil {
			return e, fmt.Errorf("%s: %w", field.name, err)
		}
		seen++
	}
	if seen != 3 {
		return e, errors.New("dtype, shape and data_offsets must all be there")
	}
	d, ok := dtypeByName(name)
	if !ok {
		return e, fmt.Errorf("dtype %q is not supported", name)
	}
	if len(offsets) != 2 || offsets[1] < offsets[0] {
		return e, fmt.Errorf("data_offsets %v, expected a start and an end", offsets)
	}
	e = entry{dtype: d, begin: offsets[0], end: offsets[1], shape: make([]int, len(shape))}
	size, err := byteSize(d, shape)
	if err != nil {
		return e, err
	}
	for i, n := range shape {
		e.shape[i] = int(n)
	}
	if size != e.end-e.begin {
		return e, fmt.Errorf("shape %v of %s takes %d bytes, data_offsets %v cover %d", shape, d.name, size, offsets, e.end-e.begin)
	}
	return e, nil
}

// byteSize is shape × dtype in bytes, checked for overflow. Each axis is also checked
// separately, since an axis of length 0 would hide an excessive other axis.
func byteSize(d dtype, shape []uint64) (uint64, error) {
	size := uint64(d.size)
	for _, n := range shape {
		high, low := bits.Mul64(size, n)
		if high != 0 || low > math.MaxInt64 || n > math.MaxInt64 {
			return 0, fmt.Errorf("shape %v is larger than any memory", shape)
		}
		size = low
	}
	return size, nil
}

func parseMetadata(raw json.RawMessage) (map[string]string, error) {
	fields, err := object(raw)
	if err != nil {
		return nil, err
	}
	metadata := make(map[string]string, len(fields))
	for _, field := range fields {
		var value *string
		if err := json.Unmarshal(field.value, &value); err != nil || value == nil {
			return nil, fmt.Errorf("%q must be a string, it is %.40s", field.name, field.value)
		}
		metadata[field.name] = *value
	}
	return metadata, nil
}

// naturals reads an array of non-negative integers. encoding/json would read null as an empty
// array, and a null element as zero.
func naturals(raw json.RawMessage) ([]uint64, error) {
	var pointers []*uint64
	if err := json.Unmarshal(raw, &pointers); err != nil {
		return nil, fmt.Errorf("must be an array of whole numbers, it is %.40s", raw)
	}
	if pointers == nil || slices.Contains(pointers, nil) {
		return nil, fmt.Errorf("must be an array of whole numbers, it is %.40s", raw)
	}
	numbers := make([]uint64, len(pointers))
	for i, p := range pointers {
		numbers[i] = *p
	}
	return numbers, nil
}

// field is a name and its undecoded value in a JSON object.
type field struct {
	name  string
	value json.RawMessage
}

// object splits a JSON object into its fields with their exact names. encoding/json's maps and
// structs would accept a duplicate name and keep the last value, and structs would ignore case.
func object(text []byte) ([]field, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	if token, err := decoder.Token(); err != nil || token != json.Delim('{') {
		return nil, fmt.Errorf("expected an object, found %.40s", text)
	}
	var fields []field
	seen := map[string]bool{}
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		name := token.(string) // the decoder allows only these here
		if seen[name] {
			return nil, fmt.Errorf("%q comes twice", name)
		}
		seen[name] = true
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return nil, fmt.Errorf("%q: %w", name, err)
		}
		fields = append(fields, field{name, value})
	}
	if _, err := decoder.Token(); err != nil {
		return nil, err
	}
	if token, err := decoder.Token(); err != io.EOF {
		return nil, fmt.Errorf("%v follows its end", token)
	}
	return fields, nil
}
