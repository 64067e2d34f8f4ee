package install

import (
	"context"
	"errors"
	"fmt"

	"github.com/lorabook/lorabook/kernel/internal/report"
	"github.com/lorabook/lorabook/pkg/chart"
)

// installECharts fetches the library that makes charts interactive. Without it they
// are pictures, so that it could not be had is printed and is no error.
func installECharts(ctx context.Context, progress *report.Reporter) error {
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
	progress.Line(name, fmt.Sprintf("warning: not there, so charts are pictures without hover and zoom\n%v", err))
	return nil
}
