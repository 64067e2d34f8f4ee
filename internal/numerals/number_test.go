package numerals

import (
	"math"
	"testing"
)

func TestNumbers(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{Number(0.25419, 3), "0.254"}, {Number(1.334, 3), "1.33"}, {Number(999.7, 3), "1,000"}, {Number(999.4, 3), "999"},
		{Number(123456.7, 3), "123,457"}, {Number(-123456.7, 3), "-123,457"}, {Number(0.0000123, 3), "1.23e-05"},
		{Number(0, 3), "0"}, {Number(5000, 4), "5,000"}, {Number(-1234.56, 5), "-1,234.6"}, {Number(2e20, 3), "2e+20"},
		{Signed(0, 3), "+0"}, {Signed(-1234.4, 3), "-1,234"}, {Signed(0.5, 3), "+0.5"},
		{Exact(4957458), "4,957,458"}, {Exact(145057.25), "145,057.25"}, {Exact(0.1), "0.1"}, {Exact(-3), "-3"}, {Exact(1e-7), "1e-07"},
		{Metric(0.93114), "0.9311"}, {Metric(0), "0.0000"}, {Metric(0.00012345), "0.0001234"}, {Metric(1234.5), "1234.5000"}, {Metric(123456.7), "123,457"},
		{Metric(-0.00001), "-1e-05"}, {WithSign(Metric)(0.5), "+0.5000"}, {WithSign(Metric)(-0.00001), "-1e-05"},
		{MetricFormat(0.0004, -0.00076, 0.0015)(-0.00076), "-0.0008"}, {MetricFormat(0.00004, 0.0001)(0.00004), "0.0000400"},
		{MetricFormat(-20_000, 0.5)(0.5), "0.5"}, {MetricFormat()(1), "1.0000"}, {MetricFormat(math.NaN())(math.NaN()), "NaN"},
	} {
		if c.got != c.want {
			t.Errorf("%q, expected %q", c.got, c.want)
		}
	}
}
