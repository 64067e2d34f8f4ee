// Package tablescript contains the scripts of the tables of pkg/table and of the settings of
// pkg/controls, for their outputs in a
// notebook and for rendered pages, which run no scripts of outputs.
package tablescript

import (
	_ "embed"
	"fmt"
	"strings"
)

var (
	//go:embed once.js
	once string
	//go:embed sort.js
	sortRows string
	//go:embed slider.js
	slider string
	//go:embed settings.js
	settings string
)

// The prefixes of the identifiers of outputs.
const (
	TablePrefix    = "lorabook-table-"
	SliderPrefix   = "lorabook-slider-"
	SettingsPrefix = "lorabook-settings-"
)

// SliderAttribute has the positions of a slider, its start and its tables' numbers, as JSON.
const SliderAttribute = "data-slider"

// SettingsAttribute has the parameters of settings, as JSON.
const SettingsAttribute = "data-settings"

// Table returns the script of the table with the identifier id, to stand in its output.
func Table(id string) string { return call(id, sortRows) }

// Slider returns the script of the slider with the identifier id, to stand in its output.
func Slider(id string) string { return call(id, slider) }

// Settings returns the script of the settings with the identifier id, to stand in their output.
func Settings(id string) string { return call(id, settings) }

func call(id, script string) string {
	return fmt.Sprintf("%s(%q,%s);", strings.TrimSpace(once), id, function(script))
}

// Page returns a script for a page of outputs that have lost their scripts. It runs when the page
// has been read.
func Page() string {
	return fmt.Sprintf(`document.addEventListener("DOMContentLoaded", function () {
  function each(outputs, enhance) { document.querySelectorAll(outputs).forEach(function (host) { enhance(host); }); }
  each('div[id^="%s"]:not([data-ready])', %s);
  each('div[id^="%s"][%s]:not([data-ready])', %s);
  each('div[id^="%s"][%s]:not([data-ready])', %s);
});`, TablePrefix, function(sortRows), SliderPrefix, SliderAttribute, function(slider), SettingsPrefix, SettingsAttribute, function(settings))
}

// function returns the function of a script without the comment before it.
func function(script string) string {
	return strings.TrimSpace(script[strings.Index(script, "(function ("):])
}
