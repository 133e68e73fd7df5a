"""What an LLM, or rules, say to a description alone: ratings of rows, named targets, new pairs."""
