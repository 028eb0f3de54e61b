package reports

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/mlsconform/mlsconform/runner/result"
)

// A chart is a line over time that goes up in steps, drawn in a box.
type chart struct {
	Width, Height int
	Line          string // points of a polyline
	Area          string // the same down to the ground
	X, Y          []tick
	Unit          string // of the time
}

// A tick is a mark on an axis, at a distance from the left or the top.
type tick struct {
	At    string
	Label string
}

// draw draws points, which are sorted by time, from 0 to the end of the time and
// from the floor to the highest value.
func draw(points []result.FuzzPoint, end float64, floor, width, height int) chart {
	c := chart{Width: width, Height: height}
	top := floor
	for _, p := range points {
		top = max(top, p.Coverage)
	}
	x := func(seconds float64) string { return coordinate(seconds / max(end, 0.001) * float64(width)) }
	y := func(value float64) string {
		return coordinate(float64(height) - (value-float64(floor))/float64(max(top-floor, 1))*float64(height))
	}
	var line strings.Builder
	before := floor
	for i, p := range points {
		if i == 0 {
			before = p.Coverage
		}
		fmt.Fprintf(&line, "%s,%s %s,%s ", x(p.Seconds), y(float64(before)), x(p.Seconds), y(float64(p.Coverage)))
		before = p.Coverage
	}
	if len(points) == 0 {
		return c
	}
	c.Line = strings.TrimSpace(line.String())
	last := points[len(points)-1]
	c.Area = fmt.Sprintf("%s,%d %s %s,%d", x(points[0].Seconds), height, c.Line, x(last.Seconds), height)
	scale := 1.0
	c.Unit, scale = timeUnit(end)
	for _, v := range marks(end / scale) {
		c.X = append(c.X, tick{x(v * scale), label(v)})
	}
	for _, v := range marks(float64(top - floor)) {
		if v == math.Trunc(v) {
			c.Y = append(c.Y, tick{y(v + float64(floor)), label(v + float64(floor))})
		}
	}
	return c
}

func coordinate(v float64) string { return fmt.Sprintf("%.1f", v) }

func label(v float64) string { return fmt.Sprintf("%g", v) }

// timeUnit is what a length of time is best told in.
func timeUnit(seconds float64) (name string, scale float64) {
	switch {
	case seconds > 3*86400:
		return "days", 86400
	case seconds > 3*3600:
		return "hours", 3600
	case seconds > 180:
		return "minutes", 60
	}
	return "seconds", 1
}

// marks returns round numbers from 0 to the top: three to seven, if there are.
func marks(top float64) []float64 {
	if top <= 0 {
		return []float64{0}
	}
	power := math.Pow(10, math.Floor(math.Log10(top)))
	step := power
	for _, s := range []float64{0.2, 0.5, 1} {
		if step = s * power; top/step <= 6 {
			break
		}
	}
	var at []float64
	for i := 0; float64(i)*step <= top*1.0001; i++ {
		at = append(at, math.Round(float64(i)*step*1e6)/1e6)
	}
	return at
}

// growth is how much coverage all targets have gained over time.
func growth(targets []result.FuzzTarget) []result.FuzzPoint {
	var gains []result.FuzzPoint
	for i := range targets {
		points := highest(targets[i].Growth)
		for j := 1; j < len(points); j++ {
			gains = append(gains, result.FuzzPoint{Seconds: points[j].Seconds, Coverage: points[j].Coverage - points[j-1].Coverage})
		}
	}
	slices.SortStableFunc(gains, func(a, b result.FuzzPoint) int { return cmp.Compare(a.Seconds, b.Seconds) })
	sum := []result.FuzzPoint{{}}
	for _, g := range gains {
		sum = append(sum, result.FuzzPoint{Seconds: g.Seconds, Coverage: sum[len(sum)-1].Coverage + g.Coverage})
	}
	return sum
}

// highest turns points into the highest ones so far: what a corpus reaches
// differs between runs.
func highest(points []result.FuzzPoint) []result.FuzzPoint {
	far := slices.Clone(points)
	for i := 1; i < len(far); i++ {
		far[i].Coverage = max(far[i].Coverage, far[i-1].Coverage)
	}
	return far
}
