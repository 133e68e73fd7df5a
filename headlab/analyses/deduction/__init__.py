"""The deduction study: decision tokens, the heads behind them, and knock-outs (arXiv 2605.27824)."""

from headlab.analyses.deduction.decision_tokens import decision_tokens
from headlab.analyses.deduction.study import deduction_study

__all__ = ["decision_tokens", "deduction_study"]
