import re

from graph_mlp.analysis.page import html_page


def test_markup_is_shown_and_not_obeyed():
    page = html_page('a <b> title', '# <script>alert(1)</script> & more', {})
    assert '<script>' not in page
    assert '&lt;script' in page
    assert '<title>a &lt;b&gt; title</title>' in page


def test_pictures_are_in_the_page():
    page = html_page('title', '![a](figures/a.svg)', {'figures/a.svg': b'<svg/>'})
    assert re.findall(r'src="([^"]*)"', page) == ['data:image/svg+xml;base64,PHN2Zy8+']


def test_a_wide_table_scrolls_with_the_keyboard_too_and_says_that_it_does():
    page = html_page('title', '| a | b |\n| --- | --- |\n| 1 | 2 |', {})
    assert page.count('<div class="wide" tabindex="0"><table>') == page.count('</table></div>') == 1
    assert 'The table goes on to the right' in page
