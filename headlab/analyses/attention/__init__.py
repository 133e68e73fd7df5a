"""Where heads look: patterns, metrics, detectors of named heads, and the rhythm of a response.

Patterns are read layer by layer and reduced at once; no pass holds those of all layers.
"""
