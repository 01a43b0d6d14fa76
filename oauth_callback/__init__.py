"""The browser's way to Google's consent page, and back: what both pages say, and where they lead."""
