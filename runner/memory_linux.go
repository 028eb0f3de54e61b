package runner

import (
	"bufio"
	"bytes"
	"os"
	"strconv"
)

// PeakRSS is the most memory that the process has had at once, in bytes, or
// zero when the system does not say. getrusage would count what the parent
// process used before it started this one.
func PeakRSS() int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for lines := bufio.NewScanner(bytes.NewReader(status)); lines.Scan(); {
		if f := bytes.Fields(lines.Bytes()); len(f) == 3 && string(f[0]) == "VmHWM:" {
			kib, _ := strconv.ParseInt(string(f[1]), 10, 64)
			return kib * 1024
		}
	}
	return 0
}
