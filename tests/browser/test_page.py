"""The exported page in a real browser, opened from the file system."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from graph_mlp.data.picture import prepare_image
from graph_mlp.errors import DataError
from graph_mlp.export.page import page as page_of
from tests.browser.chromium import chromium
from tests.cli.commands import run
from tests.data.drawings import BAG
from tests.export.networks import NETWORKS, model, network_input, publish
from tests.graph import reference

HOSTILE = '</script><script>document.title = "run"</script><b>bold</b>'
STROKES = {
    'one': [[(140, 40), (140, 240)]],
    'seven': [[(80, 60), (200, 60), (130, 230)]],
    'four': [[(90, 50), (80, 150), (200, 150)], [(170, 60), (170, 240)]],
    'five in two strokes': [[(110, 60), (95, 130), (170, 140), (185, 190), (90, 220)], [(110, 60), (190, 60)]],
    'small zero at the side': [[(40, 40), (60, 50), (60, 80), (40, 90), (25, 70), (40, 40)]],
}

DISC = np.where(np.hypot(*(np.indices((100, 100)) - 50)) < 30, 0.0, 255.0)
TWO_BARS = np.full((60, 100), 255.0)
TWO_BARS[10:50, [20, 21, 22, 80, 81, 82]] = 0


@pytest.fixture(scope='module')
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture(scope='module')
def opened(browser, digits, tmp_path_factory):
    """Opens the page of one of the NETWORKS, without the network; returns it and the model."""
    folder = tmp_path_factory.mktemp('pages')

    def open_page(name, run='digits_tiny', **settings):
        network = model(NETWORKS[name], run)
        path = folder / 'page.html'
        path.write_bytes(page_of(network, digits, 0.5, probabilities(network, digits.test.images).argmax(axis=1)))
        page = browser.new_page(**settings)
        page.faults, page.requests = [], []
        page.on('pageerror', lambda error: page.faults.append(str(error)))
        page.on('console', lambda message: page.faults.append(message.text))
        page.on('request', lambda request: page.requests.append(request.url))
        page.goto(path.as_uri())
        return page, network

    return open_page


@pytest.fixture(scope='module')
def drawn(opened):
    """One page for the tests of drawing."""
    return opened('BN_elu')


def probabilities(network, images):
    logits, _ = reference.forward(network.values, network_input(network, images), network.config, True)
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def draw(page, strokes):
    page.locator('#clear').click()
    page.locator('#pad').scroll_into_view_if_needed()
    box = page.locator('#pad').bounding_box()
    for first, *others in strokes:
        page.mouse.move(box['x'] + first[0], box['y'] + first[1])
        page.mouse.down()
        for x, y in others:
            page.mouse.move(box['x'] + x, box['y'] + y, steps=4)
        page.mouse.up()


def screenshot(page):
    """The paper as grey levels, uint8 [280, 280], a row more where the browser places it between two pixels."""
    page.mouse.move(1, 1)
    return np.asarray(Image.open(io.BytesIO(page.locator('#pad').screenshot())).convert('L'))


def prepared_in_javascript(page, grey):
    return page.evaluate(
        """([levels, height, width]) => {
            const { pixels, reason } = prepareImage(Float64Array.from(decodeBytes(levels)), height, width);
            return reason ?? [...pixels];
        }""",
        [in_base64(grey), *grey.shape],
    )


def in_base64(pixels):
    return base64.b64encode(pixels.astype(np.uint8).tobytes()).decode()


@pytest.mark.parametrize('name', NETWORKS)
def test_logits_and_activations_are_pythons(opened, digits, name):
    page, network = opened(name)
    images = digits.test.images[:200]
    found = page.evaluate(
        'images => images.map((image) => [...runNetwork(model, decodeBytes(image)).logits])',
        [in_base64(image) for image in images],
    )
    expected, _ = reference.forward(network.values, network_input(network, images), network.config, True)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-4)
    assert page.faults == []
    page.close()


def test_it_requests_nothing_but_itself(drawn):
    page, _ = drawn
    draw(page, STROKES['seven'])
    page.locator('#sample-list button').first.click()
    assert [url.rsplit('/', 1)[-1] for url in page.requests] == ['page.html']
    assert page.faults == []


@pytest.mark.parametrize('name', STROKES)
def test_a_drawing_is_prepared_and_classified_as_a_screenshot_of_it_is_in_python(drawn, name):
    page, network = drawn
    draw(page, STROKES[name])
    expected = prepare_image(screenshot(page))
    shown = page.evaluate(
        """() => {
            const { data } = byId('picture').getContext('2d').getImageData(0, 0, 28, 28);
            return [...data].filter((_, index) => index % 4 === 0);
        }"""
    )
    assert np.abs(np.reshape(shown, (28, 28)) - expected.astype(int)).max() <= 1
    says = probabilities(network, expected.reshape(1, 784)).argmax()
    assert f'The network says {says}:' in page.locator('#sentence').inner_text()
    assert page.locator('#bars .most').inner_text().startswith(str(says))


def test_fifty_drawings_have_the_probabilities_of_python(drawn, mnist):
    page, network = drawn
    random = np.random.RandomState(0)
    for image in mnist.test.images[:50]:
        large = Image.fromarray(image.reshape(28, 28)).resize((random.randint(60, 270),) * 2, Image.Resampling.BICUBIC)
        margins = random.multinomial(280 - large.width, [0.5, 0.5], 2)
        grey = np.pad(255 - np.asarray(large), margins, constant_values=255)
        expected = probabilities(network, prepare_image(grey).reshape(1, 784))[0]
        pixels = prepared_in_javascript(page, grey)
        found = page.evaluate('pixels => [...runNetwork(model, pixels).probabilities]', pixels)
        assert np.argmax(found) == np.argmax(expected)
        np.testing.assert_allclose(found, expected, atol=0.02)


@pytest.mark.parametrize('turned', [lambda grey: grey, lambda grey: 255 - grey], ids=['dark', 'light'])
def test_a_dropped_picture_is_read(drawn, turned):
    page, network = drawn
    grey = np.full((300, 200), 200, np.uint8)
    grey[50:250, 90:110] = grey[50:70, 60:110] = 60
    file = io.BytesIO()
    Image.fromarray(turned(grey)).save(file, 'PNG')
    page.evaluate(
        """(content) => {
            const bytes = Uint8Array.from(atob(content), (character) => character.charCodeAt(0));
            return drawing.showPicture(new File([bytes], 'seven.png'));
        }""",
        base64.b64encode(file.getvalue()).decode(),
    )
    expected = probabilities(network, prepare_image(grey).reshape(1, 784)).argmax()
    assert f'The network says {expected}:' in page.locator('#announcement').text_content()


@pytest.mark.heavy
def test_a_drawing_gets_the_class_that_bin_predict_gives_its_screenshot(drawn, tmp_path):
    page, network = drawn
    publish(tmp_path, network)
    says = []
    for name, strokes in STROKES.items():
        draw(page, strokes)
        says.append(page.locator('#bars .most').inner_text()[0])
        Image.fromarray(screenshot(page)).save(tmp_path / f'{name}.png')
    stdout, _ = run(tmp_path, 'predict', '--ckpt', 'model.ckpt', *(f'{name}.png' for name in STROKES))
    assert [line.split('\t')[1] for line in stdout] == says


@pytest.mark.parametrize(
    ('grey', 'reason'),
    [
        (np.full((100, 90), 255.0), 'There is no ink.'),
        (TWO_BARS, 'These are 2 separate shapes'),
        (DISC, 'This does not look like a digit.'),
        (np.where(BAG, 0.0, 255.0), 'This does not look like a digit.'),
    ],
    ids=['no ink', 'several', 'a disc', 'a bag'],
)
def test_what_python_refuses_is_refused_with_a_reason(drawn, grey, reason):
    with pytest.raises(DataError):
        prepare_image(grey)
    assert reason in prepared_in_javascript(drawn[0], grey)


def test_the_keyboard_draws_and_clears(drawn):
    page, network = drawn
    page.locator('#clear').click()
    page.locator('#pad').focus()
    page.keyboard.press('Space')
    for key in ['ArrowDown'] * 12 + ['Shift+ArrowRight']:
        page.keyboard.press(key)
    page.keyboard.press('Space')
    # Not a screenshot, which would show the pen as well.
    expected = prepare_image(np.reshape(page.evaluate('[...drawing.greyLevels()]'), (280, 280)))
    says = probabilities(network, expected.reshape(1, 784)).argmax()
    assert f'The network says {says}:' in page.locator('#announcement').text_content()
    page.keyboard.press('Escape')
    assert page.locator('#announcement').text_content().startswith('Draw a digit')
    assert page.evaluate('Math.min(...drawing.greyLevels())') == 255


def test_a_finger_draws(opened):
    page, _ = opened('relu', has_touch=True, viewport={'width': 360, 'height': 800})
    box = page.locator('#pad').bounding_box()
    page.touchscreen.tap(box['x'] + 100, box['y'] + 100)
    assert page.evaluate('Math.min(...drawing.greyLevels())') < 255
    assert page.locator('#announcement').text_content() == 'This does not look like a digit.'  # it is a dot
    page.close()


def test_a_test_image_is_shown_to_the_network_as_it_is(drawn):
    page, _ = drawn
    button = page.locator('#sample-list button').last
    button.click()
    assert 'it says' in button.get_attribute('aria-label')  # the last are mistakes
    says = button.get_attribute('aria-label')[-1]
    assert f'The network says {says}:' in page.locator('#announcement').text_content()


def test_a_units_weights_are_shown_by_click_and_by_number(drawn):
    page, network = drawn
    tiles = page.locator('#tiles canvas').first
    tiles.click(position={'x': 12 * 4 + 6, 'y': 6})
    assert page.locator('#number').input_value() == '5'
    page.locator('#number').fill('7')
    assert page.locator('#weights').get_attribute('aria-label') == 'Weights of unit 7 as an image'
    weights = page.evaluate('[...firstLayerWeights(model, 6)]')
    np.testing.assert_allclose(weights, network.values['hidden1/kernel'][:, 6], atol=1e-7)


def test_weights_of_principal_components_are_shown_as_pixels(opened):
    page, network = opened('PCA_tanh')
    weights = page.evaluate('[...firstLayerWeights(model, 2)]')
    expected = network.projection.components.T @ network.values['hidden1/kernel'][:, 2]
    np.testing.assert_allclose(weights, expected, atol=1e-6)
    page.close()


def test_a_run_name_with_markup_is_shown_as_text(opened):
    page, _ = opened('relu', run=HOSTILE)
    assert page.locator('#facts dd').first.inner_text() == HOSTILE
    assert page.title() == f'Draw a digit: {HOSTILE}'
    assert page.locator('b').count() == 0
    page.close()


@pytest.mark.parametrize('width', [360, 1200])
def test_it_is_no_wider_than_the_window(opened, width):
    page, _ = opened('BN_elu', viewport={'width': width, 'height': 800})
    assert page.evaluate('document.documentElement.scrollWidth') <= width
    page.close()


@pytest.mark.parametrize('scheme', ['light', 'dark'])
def test_text_has_a_contrast_of_4_5_to_its_ground(opened, scheme):
    page, _ = opened('BN_elu', color_scheme=scheme)
    colours = page.evaluate(
        """() => [...document.querySelectorAll('h1, h2, p, dt, dd, li span, button, label, .key, .wrong')]
            .filter((element) => element.textContent)
            .map((element) => {
                let under = element;
                while (getComputedStyle(under).backgroundColor === 'rgba(0, 0, 0, 0)') under = under.parentElement;
                return [getComputedStyle(element).color, getComputedStyle(under).backgroundColor];
            })"""
    )
    assert len(colours) > 40
    assert min(contrast(*map(luminance, pair)) for pair in colours) >= 4.5
    page.close()


def luminance(colour):
    """WCAG 2's relative luminance of 'rgb(r, g, b)'."""
    parts = np.array([float(part) for part in colour[4:-1].split(',')]) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def contrast(one, other):
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)
