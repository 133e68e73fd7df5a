"""What tests of a description measure on a head: held-out evidence, samples, scores, statistics."""
