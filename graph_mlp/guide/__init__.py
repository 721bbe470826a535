"""Pages for people: what the README links to."""
