"""Scripts, one per program, which run as processes of their own and import protocol.py from this folder."""
