package lora

import "slices"

// residual is W - s·B·A, what is left of a weight of which a part moved into A and B.
func (t Target) residual(W, A, B []float32) []float32 {
	t.Scaling = -t.Scaling
	left := make([]float32, len(W))
	for i, v := range t.Whole(W, A, B) {
		left[i] = float32(v)
	}
	return left
}

// doubled joins the trained matrices with the initial ones: [A; A₀] and [B, -B₀], whose
// product B·A - B₀·A₀ is what was learned, relative to the weight before a part of it moved.
func (t Target) doubled(A, B []float32, initial parts) (A2, B2 []float32) {
	A2 = slices.Concat(A, initial.A)
	for o := range t.Out {
		B2 = append(B2, B[o*t.R:(o+1)*t.R]...)
		for _, b := range initial.B[o*t.R : (o+1)*t.R] {
			B2 = append(B2, -b)
		}
	}
	return A2, B2
}

// halved undoes doubled; false where the file's adapter had other initial matrices.
func (t Target) halved(A2, B2 []float32, initial parts) (A, B []float32, ok bool) {
	A = A2[:t.R*t.In]
	for o := range t.Out {
		B = append(B, B2[2*o*t.R:(2*o+1)*t.R]...)
	}
	again, minus := t.doubled(A, B, initial)
	return A, B, slices.Equal(again, A2) && slices.Equal(minus, B2)
}
