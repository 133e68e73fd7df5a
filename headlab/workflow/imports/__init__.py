"""Evidence that others published, read from their files."""
