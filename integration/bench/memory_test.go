package main

import "testing"

func TestPeakOfMemory(t *testing.T) {
	kib, err := highWater("Name:\tbench\nVmPeak:\t 999 kB\nVmHWM:\t   4096 kB\nVmRSS:\t 12 kB\n")
	if err != nil || kib != 4096 {
		t.Errorf("%d KiB, %v; want 4096", kib, err)
	}
	if _, err := highWater("VmRSS:\t 12 kB\n"); err == nil {
		t.Error("no error")
	}
	mib, err := toldPeak("level=WARN msg=hello\n" + peakMark + "2048")
	if err != nil || mib != 2 {
		t.Errorf("%v MiB, %v; want 2", mib, err)
	}
	for _, output := range []string{"", "hello", peakMark + "many"} {
		if _, err := toldPeak(output); err == nil {
			t.Errorf("%q tells a peak", output)
		}
	}
}
