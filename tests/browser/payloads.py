"""Texts that would do something if anything read them as more than text.

Each that can run sets `window.pwned`; each that can fetch asks port 9 of this machine.
"""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path

from injections import ON_CARDS

from headlab.catalogue.text import clean

LEAK = "http://127.0.0.1:9/leak"
_NOTES = Path(__file__).parents[2] / "headlab_ext" / "views" / "note_payloads.json"
_ATTRIBUTES = [
    '" onmouseover="window.pwned=1',
    "' onfocus='window.pwned=1' autofocus='",
    '"><img src=x onerror=window.pwned=1>',
    "'><svg/onload=window.pwned=1>",
    "`onclick=window.pwned=1`",
    "--><script>window.pwned=1</script><!--",
    "</title><script>window.pwned=1</script>",
    "</textarea><img src=x onerror=window.pwned=1>",
    "</style><script>window.pwned=1</script>",
    "</script><script>window.pwned=1</script>",
    "</svg><img src=x onerror=window.pwned=1>",
    "</option></select><img src=x onerror=window.pwned=1>",
    "]]></text><script>window.pwned=1</script>",
    'x" style="background:url(\'' + LEAK + "')",
]
_MUTATIONS = [
    "<noscript><p title='</noscript><img src=x onerror=window.pwned=1>'>",
    "<svg></p><style><a id='</style><img src=x onerror=window.pwned=1>'>",
    "<math><mtext><table><mglyph><style><img src=x onerror=window.pwned=1>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=window.pwned=1>",
    "<svg><animate onbegin=window.pwned=1 attributeName=x dur=1s>",
    "<svg><set attributeName=href to=javascript:window.pwned=1>",
    "<svg><foreignObject><iframe srcdoc='<script>parent.pwned=1</script>'>",
    "<img id=clobbered name=clobbered>",
    "<form id=clobbered><input name=parentNode></form>",
    "<a id=clobbered href=javascript:window.pwned=1>",
    "<dialog open onclose=window.pwned=1>",
    "<div popover id=clobbered onbeforetoggle=window.pwned=1>",
    "<xmp><script>window.pwned=1</script></xmp>",
    "<plaintext><script>window.pwned=1</script>",
    "\u003cscript\u003ewindow.pwned=1\u003c/script\u003e",
    "＜script＞window.pwned=1＜/script＞",
]
_TEMPLATES = [
    "{{7*7}}{{window.pwned=1}}",
    "{% raw %}{{config}}{% endraw %}",
    "<%= window.pwned=1 %>",
    "#{window.pwned=1}",
    "[[${window.pwned=1}]]",
    "{window.pwned=1}",
    "$\\unicode[window.pwned=1]{41}$",
    "\\(\\href{javascript:window.pwned=1}{x}\\)",
    "%(pwned)s {pwned!r} %n%n",
    "__proto__",
    "constructor",
    "toString",
]
_TABLES = [
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(1,1)",
    "=cmd|'/c calc'!A1",
    f'=WEBSERVICE("{LEAK}")',
    "\t=1+1",
    "\r=1+1",
    '","=1+1","',
    "a|b|c",
    "| --- | --- |",
]
_SIGNS = [
    "\u202eright to left\u202c",
    "\u2067isolated\u2069 and on",
    "pass\u00adword",
    "a\u0301\u0323" * 20,
    "\x1b]8;;" + LEAK + "\x07link\x1b]8;;\x07",
    "\x1b[31mred\x1b[0m",
    "\x08\x08\x08overwritten",
    "W" * 1500,
    "国" * 500,
    "\U0001f469\u200d\U0001f52c",
    "NULL",
    "undefined",
    "../../../../etc/passwd",
    "file:///etc/passwd",
    "con.html",
]

PAYLOADS: tuple[str, ...] = tuple(
    dict.fromkeys(
        text
        for text in (
            *json.loads(_NOTES.read_text("utf-8")),
            *ON_CARDS,
            *_ATTRIBUTES,
            *_MUTATIONS,
            *_TEMPLATES,
            *_TABLES,
            *_SIGNS,
        )
        if text.strip()
    )
)

_ESCAPES = re.compile(r"\\[ntr]|\\x[0-9a-f]{2}|\\u[0-9a-f]{4}|\\U[0-9a-f]{8}|\[U\+[0-9A-F]+\]")
_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"}


def skeleton(text: str) -> str:
    """What of a text can be read on a screen: no spaces, and nothing for what is unseen."""
    kept = (
        one
        for one in _ESCAPES.sub("", clean(text))
        if unicodedata.category(one) not in _UNSEEN and one not in "\\\ufe0e\ufe0f"
    )
    return "".join(kept)


def chunks(size: int) -> list[list[str]]:
    """All payloads, some at a time."""
    return [list(PAYLOADS[start : start + size]) for start in range(0, len(PAYLOADS), size)]
