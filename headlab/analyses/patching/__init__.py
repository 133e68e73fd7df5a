"""Activation, path and attribution patching, direct logit attribution, and steering."""

from headlab.analyses.patching.activation import patch
from headlab.analyses.patching.attribution import attribution_patching
from headlab.analyses.patching.direct import direct_logit_attribution
from headlab.analyses.patching.path import path_patching
from headlab.analyses.patching.steering import steer, steering
from headlab.analyses.patching.steering_vectors import mean_difference

__all__ = [
    "attribution_patching",
    "direct_logit_attribution",
    "mean_difference",
    "patch",
    "path_patching",
    "steer",
    "steering",
]
