"""A person's own prompt, in a file beside the settings."""

from __future__ import annotations

from pathlib import Path

from headlab.drafting.template import BUILT_IN, PromptTemplate, read_text
from headlab.records.errors import PromptError
from headlab.settings import settings_file


def template_file() -> Path:
    """`headlab/prompt.txt` in Jupyter's configuration folder; it need not exist."""
    return settings_file().with_name("prompt.txt")


def read_template() -> PromptTemplate:
    """The prompt in force: the person's own where there is one, else the built-in one.

    Raises PromptError that names the file when it cannot be used: no draft is then asked for.
    """
    path = template_file()
    try:
        return read_text(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return BUILT_IN
    except (OSError, ValueError) as error:
        raise PromptError(f"{path} cannot be read: {type(error).__name__}.") from None
    except PromptError as error:
        raise PromptError(
            f"{path}: {error} Correct it, or take the built-in prompt with `headlab config prompt "
            "--reset`."
        ) from None


def write_template(text: str) -> PromptTemplate:
    """Put a person's own prompt in force; raises PromptError, and the old one stays, when it lacks
    what a prompt needs. The built-in text takes the file away."""
    template = read_text(text)
    path = template_file()
    try:
        if template == BUILT_IN:
            path.unlink(missing_ok=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            made = path.with_name(".prompt.txt.new")
            made.write_text(template.text, encoding="utf-8")
            made.replace(path)
    except OSError as error:
        raise PromptError(f"{path} cannot be written ({error.strerror}).") from None
    return template


def reset_template() -> PromptTemplate:
    """Put the built-in prompt in force."""
    return write_template(BUILT_IN.text)
