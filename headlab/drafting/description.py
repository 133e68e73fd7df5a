"""The description in an answer that is still being written."""

from __future__ import annotations

FIELD = "description"
MAX_LENGTH = 2000
_OPEN, _CLOSE = "{[", "}]"
_SHORT = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_BROKEN = "\ufffd"


class DescriptionReader:
    """Reads the text of the field `description` from pieces of a JSON object, as far as it goes.

    Whatever stands before the object, such as the opening of a code fence, is passed over. Nothing
    is checked here: broken escapes become U+FFFD, and text past `MAX_LENGTH` is left out.
    """

    def __init__(self) -> None:
        self._found: list[str] = []
        self._depth = 0
        self._over = False  # the object has ended, or the field has
        self._in_string = False
        self._awaits_value = False
        self._is_wanted = False
        self._key: list[str] = []
        self._escape = ""
        self._high = ""  # the first half of a surrogate pair

    @property
    def text(self) -> str:
        return "".join(self._found)

    def feed(self, piece: str) -> str:
        """Read on; returns the text so far."""
        for character in piece:
            if self._over:
                break
            if self._in_string:
                self._read_string(character)
            else:
                self._read_structure(character)
        return self.text

    def _read_structure(self, character: str) -> None:
        if character in _OPEN:
            self._depth += character == "{" or self._depth > 0
        elif self._depth == 0:
            return
        elif character in _CLOSE:
            self._depth -= 1
            self._over = self._depth == 0
        elif character == '"':
            self._in_string = True
            if self._depth == 1 and not self._awaits_value:
                self._key = []
        elif self._depth == 1 and character in ":,":
            self._awaits_value = character == ":"
            self._is_wanted = self._awaits_value and "".join(self._key) == FIELD

    def _read_string(self, character: str) -> None:
        if self._escape:
            self._escape += character
            self._end_escape()
        elif character == "\\":
            self._escape = character
        elif character == '"':
            self._keep("")
            self._in_string = False
            self._over = self._is_wanted and self._depth == 1
        else:
            self._keep(character)

    def _end_escape(self) -> None:
        kind, digits = self._escape[1], self._escape[2:]
        if kind != "u":
            self._keep(_SHORT.get(kind, kind))
        elif len(digits) < 4:
            return
        else:
            try:
                self._keep_code(int(digits, 16))
            except ValueError:
                self._keep(_BROKEN)
        self._escape = ""

    def _keep_code(self, code: int) -> None:
        if 0xDC00 <= code <= 0xDFFF and self._high:
            pair = 0x10000 + ((ord(self._high) - 0xD800) << 10) + (code - 0xDC00)
            self._high = ""
            self._keep(chr(pair))
        elif 0xD800 <= code <= 0xDBFF:
            self._keep("")
            self._high = chr(code)
        else:
            self._keep(_BROKEN if 0xDC00 <= code <= 0xDFFF else chr(code))

    def _keep(self, text: str) -> None:
        """Add to the string in hand; an unpaired first half comes out broken."""
        if self._high:
            text, self._high = _BROKEN + text, ""
        if self._depth == 1 and not self._awaits_value:
            self._key.append(text)
        elif self._is_wanted and self._depth == 1 and len(self._found) < MAX_LENGTH:
            self._found += text
