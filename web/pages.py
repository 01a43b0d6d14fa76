"""Pages: what every page of ours looks like, and the headers that each answer carries."""

from __future__ import annotations

from flask import Response, render_template_string

from bot.views.blocks import TURNING

# No script, no frame, nothing from elsewhere; the style stands in the page (Content Security Policy Level 3, W3C).
POLICY = "Content-Security-Policy"
HEADERS = {
    POLICY:
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
    "Cross-Origin-Opener-Policy": "same-origin",
}
LAYOUT = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
{% if reloads %}<meta http-equiv="refresh" content="{{ reloads }}">
{% endif %}<title>{{ title }} · OMM</title>
<style>
  :root { color-scheme: light dark; font: 100%/1.5 system-ui, sans-serif }
  body { margin: 0 auto; padding: 2rem 1rem; max-width: 30rem }
  h1 { font-size: 1.4rem; line-height: 1.25 }
  label { display: block; font-weight: 600; margin-top: 1rem }
  input, button { box-sizing: border-box; font: inherit; padding: .6rem; width: 100% }
  button { margin-top: 1.5rem }
  .wrong { border-left: .25rem solid #b00020; padding-left: .75rem }
  .quiet { opacity: .75 }
  .number { font-size: 2rem; letter-spacing: .05em }
</style>
</head>
<body>
<h1>{{ title }}</h1>
{{ body|safe }}
</body>
</html>
"""


def readable(text: str) -> str:
    """Text from elsewhere without what turns the text around it, and with half characters replaced."""
    return "".join(c for c in text if c not in TURNING).encode(errors="replace").decode()


def page(title: str, body: str, status: int = 200, *, leads_to: str = "", reloads: int = 0) -> Response:
    """A whole page. `title` is text; `body` is HTML of ours, in which every foreign string is escaped already.

    Nothing in either turns what stands around it. `leads_to` is the origin elsewhere to which its form may send a
    browser on, and `reloads` after how many seconds it is asked for again; '' and 0 for none.
    """
    html = readable(render_template_string(LAYOUT, title=title, body=body, reloads=reloads))
    response = Response(html, status)
    if leads_to:        # also where a form is only redirected to (Content Security Policy Level 3, 4.2.4 and 6.4.2)
        response.headers[POLICY] = HEADERS[POLICY].replace("form-action 'self'", f"form-action 'self' {leads_to}")
    return with_headers(response)


def with_headers(response: Response) -> Response:
    """The same answer, kept by nobody and shown in nobody's frame."""
    for name, value in HEADERS.items():
        if name != POLICY or POLICY not in response.headers:
            response.headers[name] = value
    return response
