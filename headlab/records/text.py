"""Token text as printable, reversible escapes.

A token is bytes. Control characters, bidi marks, zero-width characters and bytes that are no UTF-8
would be invisible or harmful on a screen and in a database, so text is kept escaped: `\\n`, `\\t`,
`\\u202e` for such characters, `\\xe2` for single bytes, `\\\\` for the backslash itself.
"""

from __future__ import annotations

import re
import unicodedata

_SHORT = {"\n": "\\n", "\t": "\\t", "\r": "\\r", "\\": "\\\\"}
_LONG = {written: character for character, written in _SHORT.items()}
_ESCAPE = re.compile(r"\\(?:[ntr\\]|x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8}))")
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def escape(data: bytes | str) -> str:
    """Printable text for the bytes of a token; `unescape` gives the bytes back."""
    raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    written = []
    for character in raw.decode("utf-8", "surrogateescape"):
        code = ord(character)
        if 0xDC80 <= code <= 0xDCFF:  # a byte that is no UTF-8
            written.append(f"\\x{code - 0xDC00:02x}")
        elif character in _SHORT:
            written.append(_SHORT[character])
        elif unicodedata.category(character) in _HIDDEN or character == "\u00a0":
            written.append(f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}")
        else:
            written.append(character)
    return "".join(written)


def unescape(text: str) -> bytes:
    """The bytes that `escape` was given."""
    parts: list[bytes] = []
    end = 0
    for match in _ESCAPE.finditer(text):
        parts.append(text[end : match.start()].encode("utf-8"))
        byte, short, long = match.groups()
        if byte:
            parts.append(bytes([int(byte, 16)]))
        elif short or long:
            parts.append(chr(int(short or long, 16)).encode("utf-8"))
        else:
            parts.append(_LONG[match.group()].encode("utf-8"))
        end = match.end()
    parts.append(text[end:].encode("utf-8"))
    return b"".join(parts)
