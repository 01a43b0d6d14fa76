"""What outlives a process, in Redis: records, tags, reports, leases, secrets; and the server in the box."""
