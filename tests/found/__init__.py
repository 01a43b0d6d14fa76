"""Each of these shows something that is broken; it moves elsewhere once that is mended."""
