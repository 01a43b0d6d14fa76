"""Mail servers: real ones that tests start, and scripted ones that answer oddly."""
