"""Sources: the kinds of account that a mailbox can be moved from, as a form offers them."""
