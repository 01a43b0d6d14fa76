"""Questions to Google's interfaces: which there are, at what pace, and what an answer means."""
