package progress

import (
	"fmt"
	"strings"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// pace reckons the time that a task still needs from the time it has taken.
type pace struct {
	begun         time.Time
	before, total int
}

// left is the time until total is reached, false while it cannot be known.
func (p pace) left(now time.Time, s Status) (time.Duration, bool) {
	here, rest := float64(s.Done-p.before), float64(max(p.total-s.Done, 0))
	if s.Cost > 0 {
		here, rest = s.Cost, s.CostLeft
	}
	if p.total <= 0 || here <= 0 {
		return 0, false
	}
	return time.Duration(float64(now.Sub(p.begun)) / here * rest), true
}

// statusText returns the text of a bar and a log line after the step.
func statusText(s Status, p pace, now time.Time) string {
	var parts []string
	if s.Loss != 0 {
		parts = append(parts, fmt.Sprintf("loss %.4f", s.Loss))
	}
	if s.Accuracy != 0 {
		parts = append(parts, fmt.Sprintf("accuracy %.1f %%", 100*s.Accuracy))
	}
	if s.TokensPerSecond != 0 {
		parts = append(parts, message.NewPrinter(language.English).Sprintf("%.0f tokens/s", s.TokensPerSecond))
	}
	if left, ok := p.left(now, s); ok && s.Done < p.total {
		parts = append(parts, clock(left)+" left")
	}
	return strings.Join(parts, ", ")
}

// clock writes a duration as people read clocks: 4:05 or 1:04:05.
func clock(d time.Duration) string {
	s := int(d.Round(time.Second) / time.Second)
	if s >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
	}
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}
