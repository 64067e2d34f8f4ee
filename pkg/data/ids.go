package data

import "fmt"

// uniqueIDs gives every row a unique id. A row without an id gets its half and line. An id may
// occur once in each half, as in files whose halves are numbered separately; then every id of
// the file is prefixed with its half.
func uniqueIDs(rows []*tableRow) error {
	type place struct{ half, id string }
	own := map[place]*tableRow{}
	inHalf := map[string]string{}
	shared := false
	for _, row := range rows {
		if row.ID == "" {
			continue
		}
		if first := own[place{row.half, row.ID}]; first != nil {
			return twiceError(row, row.ID, first)
		}
		own[place{row.half, row.ID}] = row
		if half, seen := inHalf[row.ID]; seen && half != row.half {
			shared = true
		}
		inHalf[row.ID] = row.half
	}
	ids := make(map[string]*tableRow, len(rows))
	for _, row := range rows {
		switch {
		case row.ID == "":
			row.ID = fmt.Sprintf("%s/%d", row.half, row.number)
		case shared:
			row.ID = row.half + "/" + row.ID
		}
		if first := ids[row.ID]; first != nil {
			return twiceError(row, row.ID, first)
		}
		ids[row.ID] = row
	}
	return nil
}

func twiceError(row *tableRow, id string, first *tableRow) error {
	return row.fault(fmt.Errorf("id %q occurs twice, first at %s:%d: expected unique ids; rename the field to number the records by line", id, first.path, first.Line))
}
