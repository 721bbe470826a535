"""What runs the graph: a session that starts or goes on with a run, trains, evaluates and restores."""
