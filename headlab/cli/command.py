"""The parser, and errors as messages that a person can act on."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version

from headlab.cli import (
    analyse,
    attention,
    badge,
    catalogue,
    config,
    decide,
    deduction,
    demo,
    describe,
    evaluate,
    jobs,
    patch,
    projections,
    review,
    tasks,
    test_description,
    validate,
)
from headlab.cli.show import note
from headlab.records.errors import HeadLabError

OK, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130
"""Exit codes: done; an error that the message explains; wrong words; interrupted."""

Command = Callable[[argparse.Namespace], int | None]


def build_parser() -> argparse.ArgumentParser:
    """The whole command line."""
    parser = argparse.ArgumentParser(
        prog="headlab",
        description="The lab bench for attention heads: project, ablate, describe, review, keep.",
        epilog="Start with 'headlab demo'. Exit codes: 0 done, 1 failed (the message says why), "
        "2 wrong arguments, 130 interrupted.",
    )
    parser.add_argument("--version", action="version", version=f"headlab {version('headlab')}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for group in (
        demo,
        analyse,
        projections,
        attention,
        patch,
        validate,
        badge,
        tasks,
        deduction,
        evaluate,
        describe,
        decide,
        jobs,
        review,
        test_description,
        catalogue,
        config,
    ):
        group.add_commands(commands)
    return parser


def run(arguments: Sequence[str] | None = None) -> int:
    """Parse and carry out; every expected error is one message and exit code 1."""
    chosen = build_parser().parse_args(arguments)
    command: Command = chosen.run
    try:
        return command(chosen) or OK
    except HeadLabError as error:
        note(f"headlab {chosen.command}: {error}")
        return FAILED
    except KeyboardInterrupt:
        note("Interrupted. What was computed so far is kept; the same command goes on from there.")
        return INTERRUPTED
    except BrokenPipeError:  # the reader of a pipe left, as `| head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
