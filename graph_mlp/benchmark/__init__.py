"""The same network, batches and order under other programs: each peer a process, timed in turns."""
