package chart

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/janpfeifer/gonb/gonbui/protocol"
)

// handClock lets a test decide when a rest is over.
type handClock struct {
	rests chan time.Duration
	over  chan time.Time
}

func newHandClock() *handClock {
	return &handClock{make(chan time.Duration, 100), make(chan time.Time)}
}

func (c *handClock) after(d time.Duration) <-chan time.Time {
	c.rests <- d
	return c.over
}

var liveSeries = []Series{{Name: "training loss", Panel: "loss"}, {Name: "validation loss", Panel: "loss"}, {Name: "accuracy", Panel: "per cent"}}

func TestLiveGrowsInOneOutput(t *testing.T) {
	standIn(t)
	screen := &fakeScreen{notify: make(chan struct{}, 1)}
	s := newFakeSession(screen)
	clock := newHandClock()
	l, err := newLive(&s.session, clock.after, Labels{Title: "Training", X: "step"}, liveSeries)
	if err != nil {
		t.Fatal(err)
	}
	begun := screen.all()
	if len(begun) != 1 || begun[0].html() != "<p>Training: no numbers yet</p>" || begun[0].id != l.output {
		t.Fatalf("the chart's place before the first point: %+v", begun)
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(l.Add(1, "training loss", 0.7))
	if rest := <-clock.rests; rest < time.Second {
		t.Errorf("rests %v after drawing, want a second at least", rest)
	}
	first := screen.all()[1:]
	if len(first) != 2 || !strings.Contains(first[0].html(), "STAND-IN") || strings.Contains(first[1].html(), "STAND-IN") {
		t.Fatalf("the first drawing took %d messages; want one with the library, one without", len(first))
	}
	// A thousand points while it rests: no message.
	for i := 2; i <= 1000; i++ {
		must(l.Add(float64(i), "training loss", 0.7/float64(i)))
	}
	if n := len(screen.all()); n != 3 {
		t.Fatalf("%d messages while resting", n-3)
	}
	clock.over <- time.Time{} // one message for all of them
	<-clock.rests
	must(l.Takeaway("It falls."))
	must(l.Add(1000, "accuracy", 86.6))
	must(l.Close())
	got := screen.all()[1:]
	if len(got) != 4 {
		t.Fatalf("%d messages, want 2 at first, 1 for the thousand points, 1 at the close", len(got))
	}
	for i, m := range got {
		if m.id != begun[0].id {
			t.Errorf("message %d goes to another output", i)
		}
		if !strings.Contains(m.html(), `<div id="`+l.element+`"`) {
			t.Errorf("message %d has another element", i)
		}
	}
	if growing := got[2]; !strings.Contains(growing.html(), `,true,["",""],[{"width":760,`) || growing.forms[protocol.MIMEImageSVG] == nil {
		t.Error("a growing chart's message is not marked live, or has no picture")
	}
	last := got[3]
	if !strings.Contains(last.html(), `,false,["`) || last.forms[protocol.MIMEImagePNG] == nil || last.forms[protocol.MIMEImageSVG] != nil {
		t.Error("the final message is still marked live, or its picture is not the PNG")
	}
	for _, want := range []string{"It falls.", "training loss: 0.7 at 1", "accuracy: 86.6"} {
		if !strings.Contains(last.forms[protocol.MIMETextPlain].(string), want) {
			t.Errorf("the final words lack %q", want)
		}
	}
	if screen.flushed != 1 {
		t.Errorf("flushed %d times, want once", screen.flushed)
	}
	must(l.Close())
	if n := len(screen.all()); n != 5 {
		t.Error("closing again sent something")
	}
	if err := l.Add(2000, "accuracy", 1); !errors.Is(err, ErrClosed) {
		t.Errorf("Add after Close answers %v", err)
	}
	if err := l.Takeaway("x"); !errors.Is(err, ErrClosed) {
		t.Errorf("Takeaway after Close answers %v", err)
	}
	if c, err := l.Chart(); err != nil || c.Takeaway() != "It falls." {
		t.Errorf("Chart after Close: %v", err)
	}
}

func TestLiveRestsLongerWhereDrawingIsSlow(t *testing.T) {
	noLibrary(t)
	slow := &slowScreen{take: 150 * time.Millisecond}
	s := newFakeSession(slow)
	clock := newHandClock()
	l, err := newLive(&s.session, clock.after, Labels{Title: "Training"}, liveSeries)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Add(1, "accuracy", 1); err != nil {
		t.Fatal(err)
	}
	if rest := <-clock.rests; rest < liveShare*slow.take {
		t.Errorf("after %v of drawing it rests %v, want %d times as long", slow.take, rest, liveShare)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

type slowScreen struct {
	fakeScreen
	take time.Duration
}

func (s *slowScreen) update(id string, forms map[protocol.MIMEType]any, metadata map[string]any) error {
	time.Sleep(s.take)
	return s.fakeScreen.update(id, forms, metadata)
}

func TestLiveFaults(t *testing.T) {
	noLibrary(t)
	s := newFakeSession(&fakeScreen{})
	if _, err := newLive(&s.session, time.After, Labels{Title: "T"}, nil); err == nil || !strings.Contains(err.Error(), "series: none, expected at least one") {
		t.Errorf("a live chart without series: %v", err)
	}
	if _, err := newLive(&s.session, time.After, Labels{}, liveSeries); err == nil || !strings.Contains(err.Error(), "title") {
		t.Errorf("a live chart without title: %v", err)
	}
	l, err := newLive(&s.session, time.After, Labels{Title: "T"}, []Series{{Name: "loss", X: []float64{10}, Y: []float64{0.5}}})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for want, err := range map[string]error{
		`series "lost": was not named to NewLive, which got "loss"`: l.Add(11, "lost", 1),
		`series "loss", y: is NaN`:                                  l.Add(11, "loss", math.NaN()),
		`series "loss", x: is +Inf`:                                 l.Add(math.Inf(1), "loss", 1),
		`x[1] is 9 after 10`:                                        l.Add(9, "loss", 1),
	} {
		var fault *DataError
		if !errors.As(err, &fault) || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want a DataError that says %s", err, want)
		}
	}
	c, err := l.Chart()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(c.Text(), "loss: 0.5\n") {
		t.Errorf("faulty points changed the chart:\n%s", c.Text())
	}
}

func TestLiveWithoutAPointStaysALine(t *testing.T) {
	noLibrary(t)
	screen := &fakeScreen{}
	s := newFakeSession(screen)
	l, err := newLive(&s.session, time.After, Labels{Title: "T"}, liveSeries)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Chart(); err == nil {
		t.Error("Chart of no point is no error")
	}
	if err := l.Close(); err != nil || len(screen.all()) != 1 {
		t.Errorf("Close answers %v after %d messages", err, len(screen.all()))
	}
}

func TestLiveOutsideANotebookPrintsOnce(t *testing.T) {
	s := newFakeSession(nil)
	l, err := newLive(&s.session, time.After, Labels{Title: "T"}, liveSeries)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 10 {
		if err := l.Add(float64(i), "accuracy", float64(i)); err != nil {
			t.Fatal(err)
		}
	}
	if s.printed.Len() > 0 {
		t.Error("printed before Close")
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if got := s.printed.String(); strings.Count(got, "accuracy: 0 at 0, 9 at 9") != 1 {
		t.Errorf("printed %q", got)
	}
}

func TestLiveReportsAFailure(t *testing.T) {
	noLibrary(t)
	broken := errors.New("pipe broken")
	s := newFakeSession(&fakeScreen{fail: broken})
	l, err := newLive(&s.session, time.After, Labels{Title: "T"}, liveSeries)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Add(1, "accuracy", 1); err != nil {
		t.Errorf("a failing screen fails Add: %v; training should go on", err)
	}
	if err := l.Close(); !errors.Is(err, broken) {
		t.Errorf("Close answers %v, want %v", err, broken)
	}
}

// Run with -race: points may come from several goroutines while it draws.
func TestLiveIsSafeForGoroutines(t *testing.T) {
	noLibrary(t)
	s := newFakeSession(&fakeScreen{})
	now := func(time.Duration) <-chan time.Time {
		c := make(chan time.Time)
		close(c)
		return c
	}
	l, err := newLive(&s.session, now, Labels{Title: "T"}, liveSeries)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for _, series := range liveSeries {
		wg.Go(func() {
			for i := range 300 {
				if err := l.Add(float64(i), series.Name, float64(i%17)); err != nil {
					t.Error(err)
				}
				if i%100 == 0 {
					if err := l.Takeaway(fmt.Sprint("at ", i)); err != nil {
						t.Error(err)
					}
					if _, err := l.Chart(); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	c, err := l.Chart()
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(c.Text(), "at 299"); n != 3 {
		t.Errorf("%d of 3 lines reached their end:\n%s", n, c.Text())
	}
}
