"""`headlab config show|set|set-key|presets|prompt`."""

from __future__ import annotations

import argparse
import getpass
import sys
from pathlib import Path

from headlab.cli import show
from headlab.cli.editor import edited
from headlab.cli.options import Commands, json_option
from headlab.records.errors import PromptError


def add_commands(commands: Commands) -> None:
    parser = commands.add_parser("config", help="show and change the settings")
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    showing = actions.add_parser("show", help="every setting and where it comes from")
    json_option(showing)
    showing.set_defaults(run=run_show)
    setting = actions.add_parser("set", help="write one setting to the file")
    setting.add_argument(
        "name",
        help="like llm_model, llm_base_url, catalogue; parts as prices.input, price_table.MODEL; "
        "llm.preset sets the kind of endpoint together with its URL (see 'headlab config presets')",
    )
    setting.add_argument(
        "value",
        nargs=argparse.REMAINDER,  # a value may begin with a minus
        help="'none' takes a setting back to its default",
    )
    setting.set_defaults(run=run_set, refuse=setting.error)
    presets = actions.add_parser("presets", help="the kinds of endpoints that are known")
    json_option(presets)
    presets.set_defaults(run=run_presets)
    prompt = actions.add_parser(
        "prompt",
        help="show the prompt that LLMs are asked with, edit it, or go back to the built-in one",
        description="A prompt of your own must keep the frame around the evidence and the schema of "
        "the answer. Every draft records which version made it.",
    )
    what = prompt.add_mutually_exclusive_group()
    what.add_argument("--show", action="store_true", help="print it (this is the default)")
    what.add_argument("--edit", action="store_true", help="open it in $VISUAL or $EDITOR")
    what.add_argument("--from-file", metavar="FILE", help="take it from a file")
    what.add_argument("--reset", action="store_true", help="go back to the built-in prompt")
    prompt.set_defaults(run=run_prompt)
    key = actions.add_parser(
        "set-key",
        help="store an API key in the system's keyring, or in a file",
        description="The key is asked for without echo, or read from standard input when that is a "
        "pipe. It is never an argument, because arguments are seen by other users of the machine.",
    )
    key.add_argument("--base-url", metavar="URL", help="the endpoint (default: the settings' one)")
    key.add_argument(
        "--file",
        action="store_true",
        help="where no keyring is at hand: a file of mode 0600 beside the settings",
    )
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
        "set" if key_origin(settings.base_url) else "not set",
        key_origin(settings.base_url) or "–",
    )
    console = show.out()
    console.print(made)
    show.note(f"Settings file: {settings_file()}")
    show.note(f"Results cache: {cache_folder(settings)}")


def _flat(name: str, value: object) -> list[tuple[str, object]]:
    if isinstance(value, dict):
        return [pair for inner, one in value.items() for pair in _flat(f"{name}.{inner}", one)]
    return [(name, value)]


def run_set(chosen: argparse.Namespace) -> None:
    from headlab.settings import settings_file, write_part, write_setting, write_settings

    words = chosen.value[1:] if chosen.value[:1] == ["--"] else chosen.value
    if len(words) != 1:
        chosen.refuse(
            f"one value is needed, not {len(words)}: put quotes around one that has spaces"
        )
    value = None if words[0].lower() == "none" else words[0]
    group, _, part = chosen.name.partition(".")
    if chosen.name in ("llm.preset", "llm_preset"):
        # a URL of another endpoint would stay in force otherwise
        write_settings({"llm_preset": value, "llm_base_url": None, "llm_api_version": None})
    elif group == "llm" and part:
        write_setting(f"llm_{part}", value)
    elif part:
        write_part(group, part, value)
    else:
        write_setting(chosen.name, value)
    show.note(f"{chosen.name} is set in {settings_file()}")


def run_presets(chosen: argparse.Namespace) -> None:
    from headlab.settings import PRESETS

    if chosen.json:
        show.print_json(PRESETS)
        return
    made = show.table("preset", "endpoint", "base URL", "key", "note", title="Presets")
    for one in PRESETS:
        needed = "needed" if one.needs_key else "none"
        made.add_row(one.name, one.title, one.pattern, needed, one.note)
    show.out().print(made)
    show.note("Take one with: headlab config set llm.preset NAME")


def run_prompt(chosen: argparse.Namespace) -> None:
    from headlab.drafting.template import BUILT_IN
    from headlab.drafting.template_file import read_template, reset_template, template_file

    path = template_file()
    if chosen.reset:
        reset_template()
    elif chosen.edit:
        # a file that lacks something is opened as it is, to be corrected
        before = _text_of(path) if path.exists() else BUILT_IN.text
        _put_in_force(edited(before, "prompt.txt", "Give a file with --from-file"))
    elif chosen.from_file:
        _put_in_force(_text_of(Path(chosen.from_file)))
    else:
        sys.stdout.write(read_template().text)
    template = read_template()
    where = "built in" if template == BUILT_IN else str(path)
    show.note(f"Prompt version {template.version} ({where})")


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise PromptError(f"{path} cannot be read: {type(error).__name__}.") from None


def _put_in_force(text: str) -> None:
    """Store a prompt; one that is refused is kept beside, so that no work is lost."""
    from headlab.drafting.template_file import template_file, write_template

    try:
        write_template(text)
    except PromptError as error:
        refused = template_file().with_name("prompt-refused.txt")
        try:
            refused.parent.mkdir(parents=True, exist_ok=True)
            refused.write_text(text, encoding="utf-8")
        except OSError:
            raise error from None
        raise PromptError(f"{error} The old prompt stays; your text is in {refused}.") from None


def run_set_key(chosen: argparse.Namespace) -> None:
    from headlab.settings import Key, read_settings, set_key, set_key_in_file

    base_url = chosen.base_url or read_settings().base_url
    text = getpass.getpass("API key: ") if sys.stdin.isatty() else sys.stdin.readline()
    if chosen.file:
        place = str(set_key_in_file(base_url, Key(text)))
    else:
        set_key(base_url, Key(text))
        place = "the keyring"
    show.note(f"The key for {base_url or 'api.openai.com'} is in {place}.")
