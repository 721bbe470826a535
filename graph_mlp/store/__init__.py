"""What lies in saves/: how each file gets there whole, and how it is read back and checked."""
