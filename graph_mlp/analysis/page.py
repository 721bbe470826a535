"""Markdown as one HTML page that needs no other file, for a screen of any width and for paper."""

import base64
import html
from collections.abc import Mapping

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem; color: #111; }}
h1 {{ font-size: 1.6rem; line-height: 1.25; }}
h1, h2, p, li {{ overflow-wrap: break-word; }}
img {{ max-width: 100%; height: auto; }}
.wide {{ overflow-x: auto; margin: 1rem 0; border: 1px solid #bbb; }}
.wide:focus {{ outline: 2px solid #0072b2; }}
.hint {{ display: none; font-size: 0.85rem; color: #444; margin: 1rem 0 -0.8rem; }}
table {{ border-collapse: collapse; font-size: 0.85rem; min-width: 100%; }}
th, td {{ border: 1px solid #bbb; padding: 0.3rem 0.5rem; text-align: left; vertical-align: top; }}
td:first-child {{ white-space: nowrap; }}
th {{ background: #f2f2f2; }}
/* A bar that is always there: telephones and some desktops hide theirs until it is touched. */
.wide::-webkit-scrollbar {{ height: 0.6rem; }}
.wide::-webkit-scrollbar-track {{ background: #eee; }}
.wide::-webkit-scrollbar-thumb {{ background: #888; border-radius: 0.3rem; }}
@media (max-width: 62rem) {{
  .hint {{ display: block; }}
  .wide table {{ min-width: 46rem; }}
}}
@media print {{
  body {{ max-width: none; padding: 0; font-size: 10pt; }}
  .hint {{ display: none; }}
  .wide {{ overflow: visible; border: 0; }}
  .wide table {{ min-width: 0; width: 100%; font-size: 7.5pt; }}
  th, td {{ padding: 0.15rem 0.25rem; }}
  td:first-child {{ white-space: normal; overflow-wrap: break-word; }}
  img {{ max-height: 9cm; }}
  tr, img, h2 {{ break-inside: avoid; }}
  h2 {{ break-after: avoid; }}
}}
</style>
<body>
{body}
</body>
</html>
"""


def html_page(title: str, text: str, pictures: Mapping[str, bytes]) -> str:
    """The page of a Markdown text; markup in it is shown, not obeyed. `pictures` are SVG files by their path in it."""
    from markdown import markdown as to_html

    body = to_html(html.escape(text, quote=False).replace('&gt;', '>'), extensions=['tables'])
    # A table can be scrolled with the keyboard once it has the focus.
    opening = '<p class="hint">The table goes on to the right: it scrolls.</p>\n<div class="wide" tabindex="0"><table>'
    body = body.replace('<table>', opening).replace('</table>', '</table></div>')
    for path, content in pictures.items():
        inline = f'data:image/svg+xml;base64,{base64.b64encode(content).decode()}'
        body = body.replace(f'src="{path}"', f'src="{inline}"')
    return _PAGE.format(title=html.escape(title), body=body)
