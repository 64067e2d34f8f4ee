package install

import (
	"context"
	"errors"

	"github.com/lorabook/lorabook/kernel/internal/report"
	"github.com/lorabook/lorabook/pkg/chart"
)

// installECharts fetches the library that makes charts interactive. Without it charts are
// static pictures, so a failed download is printed and is not an error.
func installECharts(ctx context.Context, o Options, progress *report.Reporter) error {
	const name = "ECharts"
	path, err := chart.LibraryPath()
	if err != nil {
		progress.Line(name, "warning: "+err.Error())
		return nil
	}
	_, err = chart.Library()
	if err == nil {
		progress.Line(name, chart.EChartsVersion+" already there: "+path)
		return nil
	}
	if o.Headless {
		progress.Line(name, "left out: "+chartsStatic+"; "+adds)
		return nil
	}
	if !errors.Is(err, chart.ErrNoLibrary) {
		progress.Line(name, "replacing a damaged file: "+err.Error())
	}
	step := progress.Start(name, "fetching "+chart.EChartsVersion, -1)
	path, err = chart.FetchECharts(ctx)
	if err == nil {
		step.Done(chart.EChartsVersion + " fetched: " + path)
		return nil
	}
	step.Stop()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	progress.Line(name, "warning: not there, so "+chartsStatic+"\n"+err.Error())
	return nil
}

const chartsStatic = "charts are pictures without hover and zoom"
