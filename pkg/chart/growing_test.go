package chart

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/janpfeifer/gonb/gonbui/protocol"
)

// A growing chart keeps its output and its element in the page, and ends with a picture.
func TestGrowing(t *testing.T) {
	standIn(t)
	screen := &fakeScreen{notify: make(chan struct{}, 1)}
	s := newFakeSession(screen)
	clock := newHandClock()
	g := newGrowing(&s.session, clock.after, "Trials")
	if begun := screen.all(); len(begun) != 1 || begun[0].html() != "<p>Trials: no numbers yet</p>" {
		t.Fatalf("the place before the first update: %+v", begun)
	}
	search := sixStates()
	update := func(n int) {
		t.Helper()
		part := search
		part.Trials = search.Trials[:n]
		c, err := Parallel(Labels{Title: "Trials"}, part)
		if err != nil {
			t.Fatal(err)
		}
		if err := g.Update(c); err != nil {
			t.Fatal(err)
		}
	}
	update(1)
	<-clock.rests
	for n := 2; n <= 7; n++ { // one message for all of them
		update(n)
	}
	clock.over <- time.Time{}
	<-clock.rests
	update(8)
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
	got := screen.all()
	if len(got) != 5 { // the place, the first with and without the library, one for six updates, the last
		t.Fatalf("%d messages, want 5", len(got))
	}
	for i, m := range got {
		if m.id != got[0].id || i > 0 && !strings.Contains(m.html(), `<div id="`+g.element+`"`) {
			t.Errorf("message %d goes to another output or element", i)
		}
	}
	if last := got[4]; last.forms[protocol.MIMEImagePNG] == nil || !strings.Contains(last.forms[protocol.MIMETextPlain].(string), "trial 7 (done)") {
		t.Error("the last message has no picture, or lacks the last trial")
	}
	if err := g.Update(g.Chart()); !errors.Is(err, ErrClosed) {
		t.Errorf("Update after Close: %v", err)
	}
	if err := g.Update(Chart{}); !errors.Is(err, errNoChart) {
		t.Errorf("an empty chart: %v", err)
	}
	if err := g.Close(); err != nil || len(screen.all()) != 5 {
		t.Errorf("closing again: %v, %d messages", err, len(screen.all()))
	}
}
