import numpy as np

from graph_mlp.plots.answers import Answer, answers_figure

PROBABILITIES = np.array([0.0, 0.0, 0.1, 0.0, 0.0, 0.9, 0.0, 0.0, 0.0, 0.0], np.float32)
ANSWER = Answer('$5.png', np.full((60, 90), 7, np.uint8), np.eye(28, dtype=np.uint8), PROBABILITIES)


def test_a_line_shows_what_was_given_what_was_seen_and_the_probabilities():
    given, seen, bars = answers_figure([ANSWER]).axes
    np.testing.assert_array_equal(given.images[0].get_array(), ANSWER.given)
    np.testing.assert_array_equal(seen.images[0].get_array(), ANSWER.seen)
    assert [bar.get_height() for bar in bars.patches] == list(PROBABILITIES)
    assert bars.get_title() == '$5.png: 5 (90.0%)'


def test_a_figure_ends_after_40_answers_and_says_so():
    figure = answers_figure([ANSWER] * 42)
    assert len(figure.axes) == 3 * 40
    assert figure.get_suptitle() == 'the first 40 of 42 answers'
