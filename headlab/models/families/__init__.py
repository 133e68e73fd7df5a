"""Where each architecture keeps the parts of a head."""

from headlab.models.families.family import Family, has_heads, output_weight, part, setting
from headlab.models.families.table import FAMILIES, family_of, supported
from headlab.models.families.values import latent_values

__all__ = [
    "FAMILIES",
    "Family",
    "family_of",
    "has_heads",
    "latent_values",
    "output_weight",
    "part",
    "setting",
    "supported",
]
