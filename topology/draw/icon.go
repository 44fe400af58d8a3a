package draw

import (
	"fmt"
	"strings"
)

// iconSize is the side of an icon, iconRoom what it takes beside a title.
const iconSize, iconRoom = 14.0, 30.0

// icons are the signs of the operators, as paths in a square of iconSize.
var icons = map[string]string{
	"copier":   "M1 7 H5 C8 7 8 2.5 13 2.5 M5 7 C8 7 8 11.5 13 11.5 M10.5 0.5 L13 2.5 L10.5 4.5 M10.5 9.5 L13 11.5 L10.5 13.5",
	"filter":   "M1 2 H13 L8.5 7.5 V12.5 L5.5 11 V7.5 Z",
	"splitter": "M7 1 L13 7 L7 13 L1 7 Z M4.5 7 H9.5 M7.5 5 L9.5 7 L7.5 9",
	"sharder":  "M1.5 1.5 H5.5 V5.5 H1.5 Z M8.5 1.5 H12.5 V5.5 H8.5 Z M1.5 8.5 H5.5 V12.5 H1.5 Z M8.5 8.5 H12.5 V12.5 H8.5 Z",
	"merger":   "M1 2.5 C6 2.5 6 7 9 7 H13 M1 11.5 C6 11.5 6 7 9 7 M10.5 4.5 L13 7 L10.5 9.5",
}

// drawIcon draws the sign of an operator's type, if it has one, with its upper left corner at x and y.
func drawIcon(b *strings.Builder, kind string, x, y float64) {
	if path := icons[kind]; path != "" {
		fmt.Fprintf(b, `<path class="icon" transform="translate(%s %s)" d="%s"/>`, number(x), number(y), path)
	}
}
