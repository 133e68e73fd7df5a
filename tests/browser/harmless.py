"""Whether any text on a page has done something."""

from __future__ import annotations

from typing import Any

TRACES = """() => {
  const found = [];
  if (window.pwned !== undefined) found.push('a payload ran');
  if (window.clobbered !== undefined) found.push('a payload named an element');
  const urls = ['src', 'srcset', 'srcdoc', 'href', 'xlink:href', 'action', 'formaction', 'data',
    'poster', 'ping', 'background', 'content', 'style'];
  const runs = /^\\s*(javascript|vbscript):|pwned|127\\.0\\.0\\.1:9\\b/i;
  for (const one of document.querySelectorAll('*')) {
    for (const { name, value } of one.attributes) {
      const handler = name.startsWith('on') && /pwned/.test(value);
      const command = name.includes('commandlinker') && one.closest('.hl-Host, .hl-Panel');
      const link = one.localName === 'a' && name === 'href' && one.rel === 'noopener noreferrer' &&
        /^https?:/.test(value);
      if (link) continue; // a link of a note, which only a person follows
      if (handler || command || (urls.includes(name) && runs.test(value))) {
        found.push(`${one.localName} ${name}=${value.slice(0, 80)}`);
      }
    }
    if (one.localName === 'script' && /pwned/.test(one.textContent)) found.push('a script');
  }
  const foreign = 'script, iframe, object, embed, img, video, audio, base, meta, link, style, ' +
    'math, marquee, frame, template, portal, dialog, animate, set, foreignObject';
  for (const one of document.querySelectorAll('.hl-Host, .hl-Panel')) {
    one.querySelectorAll(foreign).forEach(inner => found.push(`<${inner.localName}>`));
  }
  return found;
}"""
WRITTEN = """root => {
  const copy = root.cloneNode(true);
  copy.querySelectorAll('[data-mark], .hl-CardHeadline-rest > summary').forEach(one => {
    one.textContent = '';
  });
  return copy.textContent;
}"""


class Watch:
    """Notes what a page asks for, says and opens; `here` are the addresses that it may ask."""

    def __init__(self, page: Any, *here: str):
        self._page = page
        self._here = (*here, "data:", "blob:http://127.0.0.1")
        self.asked: list[str] = []
        self.complaints: list[str] = []
        self.opened: list[str] = []
        page.on("request", lambda request: self.asked.append(request.url))
        page.on(
            "console",
            lambda said: self.complaints.append(said.text) if said.type == "error" else None,
        )
        page.on("dialog", self._dismiss)
        page.on("popup", lambda popup: self.opened.append(popup.url))

    def _dismiss(self, dialog: Any) -> None:
        self.opened.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def check(self) -> None:
        """Nothing was executed, asked elsewhere, opened, or made an element of."""
        self._page.evaluate("new Promise(done => setTimeout(done, 50))")
        traces = self._page.evaluate(TRACES)
        outside = [url for url in self.asked if not url.startswith(self._here)]
        found = [*traces, *outside, *self.complaints, *self.opened]
        assert not found, "\n".join(found)


def written(root: Any) -> str:
    """The text of an element as it stands in the page, without the signs for what is unseen."""
    found: str = root.evaluate(WRITTEN)
    return found
