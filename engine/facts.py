"""The names of the facts that say when a task wrote to the destination: what was created then may be its own."""

WINDOW_START, WINDOW_END = "window start", "window end"
STEP_END = "step end"       # where the process that wrote has not noted the window's end
