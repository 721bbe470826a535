"""Studies: many runs over several seeds, and whether one model or setting is better than another."""
