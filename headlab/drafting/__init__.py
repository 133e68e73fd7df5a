"""Drafting a description of a head from its evidence card: by an LLM, or by rules.

The LLM's client library is imported with the first call, not before.
"""

from headlab.drafting.client import draft_with_endpoint, draft_with_prompt
from headlab.drafting.endpoint import Endpoint
from headlab.drafting.rules import draft_by_rules

__all__ = ["Endpoint", "draft_by_rules", "draft_with_endpoint", "draft_with_prompt"]
