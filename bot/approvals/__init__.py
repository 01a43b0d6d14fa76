"""What one person asks for and a second one decides, and what is done then."""
