package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// peakMark begins the line in which a contender tells its peak of memory, in KiB.
const peakMark = "peak-kib "

// peakMemory is the most memory that this process has had resident, in KiB. What the system counts for a child (ru_maxrss)
// would not do: it begins with the peak of the parent.
func peakMemory() (int, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, fmt.Errorf("peak of memory, which takes a Linux: %w", err)
	}
	return highWater(string(status))
}

// highWater finds the peak in what the kernel says about a process.
func highWater(status string) (int, error) {
	for line := range strings.Lines(status) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == "VmHWM:" && fields[2] == "kB" {
			return strconv.Atoi(fields[1])
		}
	}
	return 0, fmt.Errorf("peak of memory: no line VmHWM in the process's status")
}

// toldPeak finds the peak in the output of a contender, in MiB.
func toldPeak(output string) (float64, error) {
	_, told, found := strings.Cut(output, peakMark)
	if !found {
		return 0, fmt.Errorf("the contender told no peak of memory; its output is %q", output)
	}
	told, _, _ = strings.Cut(told, "\n")
	kib, err := strconv.Atoi(told)
	if err != nil {
		return 0, fmt.Errorf("peak of memory: %w", err)
	}
	return float64(kib) / 1024, nil
}
