"""What the bot keeps in Redis: forms, threads, orders, what was pressed and sent. Each shape has a version."""
