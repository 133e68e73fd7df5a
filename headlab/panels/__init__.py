"""Panels for notebooks: ordinary ipywidgets, drawn by the bundled front end."""

from headlab.panels.workbench import Workbench

__all__ = ["Workbench"]
