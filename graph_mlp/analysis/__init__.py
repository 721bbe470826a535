"""Reads what runs left in saves/ and says what it means; runs no graph and opens no session."""
