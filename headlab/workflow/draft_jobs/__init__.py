"""Batches of drafts by an endpoint: planned, paid once, under a cap, resumed after anything."""
