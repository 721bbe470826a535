"""Scripts, one per peer, each run as a process of its own."""
