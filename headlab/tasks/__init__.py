"""Tasks that experiments run on: generators and loaders of examples. No torch."""
