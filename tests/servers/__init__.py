"""Real and scripted servers for the tests, each started by a function and stopped by its context."""
