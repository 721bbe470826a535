import numpy as np

from graph_mlp.data.dataset import Predictions
from graph_mlp.data.picture import Digit
from graph_mlp.plots.pictures import Answer, _mosaic, answers_figure, confusion_matrix, misclassified_sheet
from graph_mlp.plots.style import rendered

# True classes 0, 1, 1, 2; the second and the last are taken for class 0, the last with more confidence.
PROBABILITIES = np.array([[0.9, 0.1, 0], [0.6, 0.4, 0], [0.2, 0.8, 0], [0.7, 0.1, 0.2]], np.float32)
LABELS = np.array([0, 1, 1, 2])


def test_the_confusion_matrix_shows_every_count_in_its_place():
    axes = confusion_matrix(np.array([[5, 0], [2, 3]])).axes[0]
    assert {(text.get_position(), text.get_text()) for text in axes.texts} == {
        ((0, 0), '5'), ((0, 1), '2'), ((1, 1), '3')}  # fmt: skip
    assert axes.get_title() == '2 of 10 images misclassified'
    np.testing.assert_array_equal(axes.images[0].get_array(), [[0, 0], [2, 0]])


def test_the_confusion_matrix_names_the_classes():
    axes = confusion_matrix(np.eye(3, dtype=int), ('apple', '$pear_1$', 'plum')).axes[0]
    for ticks in (axes.get_xticklabels(), axes.get_yticklabels()):
        assert [label.get_text() for label in ticks] == ['apple', '$pear_1$', 'plum']
        assert not any(label.get_parse_math() for label in ticks)


def test_the_numbers_of_many_classes_fit_into_their_squares():
    figure = confusion_matrix(np.full((62, 62), 999))
    renderer = figure.canvas.get_renderer()
    side = figure.axes[0].get_window_extent(renderer).width / 62
    assert figure.axes[0].texts[1].get_window_extent(renderer).width < side


def test_the_sheet_shows_images_of_another_shape_with_names():
    predictions = Predictions.of(PROBABILITIES, LABELS)
    images = np.arange(4, dtype=np.uint8).repeat(32 * 16).reshape(4, 32, 16)
    axes = misclassified_sheet(images, predictions, ('apple', 'pear', 'plum')).axes[0]
    assert [text.get_text().split() for text in axes.texts] == [
        ['plum', '→', 'apple', '70%'], ['pear', '→', 'apple', '60%']]  # fmt: skip
    mosaic = axes.images[0].get_array()
    x, y = axes.texts[0].get_position()
    assert mosaic[int(y) - 2, int(x)] == 3  # the text is right below the image
    assert (mosaic[int(y) :] == 0).all()


def test_the_sheet_says_true_predicted_and_probability():
    images = np.zeros((4, 28, 28), np.uint8)
    axes = misclassified_sheet(images, Predictions.of(PROBABILITIES, LABELS)).axes[0]
    assert [text.get_text() for text in axes.texts] == ['2 → 0  70%', '1 → 0  60%']


def test_a_sheet_that_is_cut_short_says_so():
    axes = misclassified_sheet(np.zeros((4, 28, 28), np.uint8), Predictions.of(PROBABILITIES, LABELS), most=1).axes[0]
    assert axes.get_title().startswith('2 misclassified, the first 1 shown')
    assert len(axes.texts) == 1


def test_without_a_mistake_there_is_a_sheet_all_the_same():
    figure = misclassified_sheet(np.zeros((4, 28, 28), np.uint8), Predictions.of(PROBABILITIES, np.array([0, 0, 1, 0])))
    assert rendered(figure).startswith(b'\x89PNG')


def test_each_image_has_its_tile():
    images = np.stack([np.full((28, 28), value, np.uint8) for value in range(1, 18)])
    mosaic = _mosaic(images, lines=2)
    assert mosaic.shape == (76, 480)
    assert (mosaic[:28, 2:30] == 1).all()
    assert (mosaic[38:66, 34:62] == 17).all()  # the second of the second line


FIVE = np.array([0.0, 0.0, 0.1, 0.0, 0.0, 0.9, 0.0, 0.0, 0.0, 0.0], np.float32)
SEEN = Digit(np.eye(28, dtype=np.uint8), steps=(('strokes of 2.0', np.ones((160, 90), bool)),))
ANSWER = Answer('$5.png', np.full((60, 90), 7, np.uint8), SEEN, FIVE)


def test_a_line_shows_what_was_given_each_step_what_was_seen_and_the_probabilities():
    given, step, seen, bars = answers_figure([ANSWER]).axes
    assert step.get_title() == 'strokes of 2.0'
    np.testing.assert_array_equal(step.images[0].get_array(), np.pad(SEEN.steps[0][1], 16))
    np.testing.assert_array_equal(given.images[0].get_array(), ANSWER.given)
    np.testing.assert_array_equal(seen.images[0].get_array(), SEEN.image)
    assert [bar.get_height() for bar in bars.patches] == list(FIVE)
    assert bars.get_title() == '$5.png: 5 (90.0%)'


def test_a_figure_ends_after_40_answers_and_says_so():
    figure = answers_figure([ANSWER] * 42)
    assert len(figure.axes) == 4 * 40
    assert '40 of 42' in figure.get_suptitle()


def test_of_many_classes_the_ten_most_probable_are_shown_by_name():
    probabilities = np.linspace(0, 1, 26, dtype=np.float32)
    answer = ANSWER._replace(probabilities=probabilities, names=tuple('abcdefghijklmnopqrstuvwxyz'))
    bars = answers_figure([answer]).axes[-1]
    assert [label.get_text() for label in bars.get_xticklabels()] == list('qrstuvwxyz')
    assert bars.get_title() == '$5.png: z (100.0%)'
