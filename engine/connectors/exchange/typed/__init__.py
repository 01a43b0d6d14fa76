"""Items other than mail as Exchange's own elements: read whole, reduced to what may be written, and digested."""
