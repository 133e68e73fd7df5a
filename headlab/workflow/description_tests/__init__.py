"""Tests of a description, S1 to S5, joined: evidence, judge, controls, verdicts, evaluation."""
