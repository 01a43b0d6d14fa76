"""Gmail's settings beside filters: vacation responder, forwarding addresses, addresses to send as."""
