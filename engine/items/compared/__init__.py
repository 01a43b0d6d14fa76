"""What the source holds, beside what is at the destination."""
