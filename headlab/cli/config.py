"""`headlab config show|set|set-key`."""

from __future__ import annotations

import argparse
import getpass
import sys

from headlab.cli import show
from headlab.cli.options import Commands, json_option


def add_commands(commands: Commands) -> None:
    parser = commands.add_parser("config", help="show and change the settings")
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    showing = actions.add_parser("show", help="every setting and where it comes from")
    json_option(showing)
    showing.set_defaults(run=run_show)
    setting = actions.add_parser("set", help="write one setting to the file")
    setting.add_argument("name", help="like llm_model, llm_base_url, prices.input, catalogue")
    setting.add_argument("value", help="'none' takes a setting back to its default")
    setting.set_defaults(run=run_set)
    key = actions.add_parser(
        "set-key",
        help="store an API key in the system's keyring",
        description="The key is asked for without echo, or read from standard input when that is a "
        "pipe. It is never an argument, because arguments are seen by other users of the machine.",
    )
    key.add_argument("--base-url", metavar="URL", help="the endpoint (default: the settings' one)")
    key.set_defaults(run=run_set_key)


def run_show(chosen: argparse.Namespace) -> None:
    from headlab.settings import key_origin, origin, read_settings, settings_file
    from headlab.workflow.places import cache_folder

    settings = read_settings()
    if chosen.json:
        show.print_json(settings)
        return
    made = show.table("setting", "value", "from", title="Settings")
    for name, value in settings.model_dump().items():
        for label, one in _flat(name, value):
            made.add_row(label, "–" if one is None else str(one), origin(name))
    made.add_row(
        "API key",
        "set" if key_origin(settings.llm_base_url) else "not set",
        key_origin(settings.llm_base_url) or "–",
    )
    console = show.out()
    console.print(made)
    show.note(f"Settings file: {settings_file()}")
    show.note(f"Results cache: {cache_folder(settings)}")


def _flat(name: str, value: object) -> list[tuple[str, object]]:
    if isinstance(value, dict):
        return [(f"{name}.{inner}", one) for inner, one in value.items()]
    return [(name, value)]


def run_set(chosen: argparse.Namespace) -> None:
    from headlab.settings import settings_file, write_setting

    write_setting(chosen.name, None if chosen.value.lower() == "none" else chosen.value)
    show.note(f"{chosen.name} is set in {settings_file()}")


def run_set_key(chosen: argparse.Namespace) -> None:
    from headlab.settings import Key, read_settings, set_key

    base_url = chosen.base_url or read_settings().llm_base_url
    text = getpass.getpass("API key: ") if sys.stdin.isatty() else sys.stdin.readline()
    set_key(base_url, Key(text))
    show.note(f"The key for {base_url or 'api.openai.com'} is in the keyring.")
