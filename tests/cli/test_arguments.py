from argparse import ArgumentTypeError
from pathlib import Path

import pytest

from graph_mlp.cli import train
from graph_mlp.cli.arguments import Parser, figure_file, positive
from graph_mlp.errors import UsageError


@pytest.fixture
def parser():
    """The parser of a command `fly` with one flag."""
    parser = Parser('fly', 'Flies.')
    parser.add_argument('--height', type=positive)
    return parser


@pytest.mark.parametrize('text', ['0', '-1', '1.5', 'many', ''])
def test_positive_takes_whole_numbers_from_1(text):
    assert positive('1') == 1
    with pytest.raises((ArgumentTypeError, ValueError), match=r'is not a positive whole number|invalid literal'):
        positive(text)


@pytest.mark.parametrize('text', ['bench.pdf', 'bench', 'png', 'bench.png.gz'])
def test_a_figure_is_png_or_svg(text):
    assert figure_file('pictures/bench.svg') == Path('pictures/bench.svg')
    with pytest.raises(ArgumentTypeError, match=f'{text}: a figure is'):
        figure_file(text)


@pytest.mark.parametrize(
    ('arguments', 'said'),
    [
        (['--heigh', '3'], 'unrecognized arguments: --heigh 3'),  # no flag can be abbreviated
        (['--height', '0'], 'argument --height: 0 is not a positive whole number; bin/fly --help shows every flag'),
    ],
)
def test_an_error_is_one_line_that_begins_with_the_command(parser, capsys, arguments, said):
    with pytest.raises(SystemExit) as ending:
        parser.parse_args(arguments)
    assert ending.value.code == 2
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith(f'fly: {said}')


def test_a_parser_takes_debug_without_being_told(parser):
    assert parser.parse_args(['--debug']).debug
    assert not parser.parse_args([]).debug


@pytest.mark.parametrize('word', ['-3', '300-', '300x100', '0'])
def test_what_is_no_size_is_refused(word):
    with pytest.raises(UsageError, match='--hidden'):
        train.parser().parse_args([f'--hidden={word}'])


@pytest.mark.parametrize(
    ('words', 'sizes'),
    [(['300', '100'], (300, 100)), (['300-100'], (300, 100)), (['300,100'], (300, 100)),
     (['300-100', '50'], (300, 100, 50)), (['7'], (7,))],
)  # fmt: skip
def test_however_they_are_spelled_hidden_is_one_list_of_sizes(words, sizes):
    assert train.parser().parse_args(['--hidden', *words]).hidden_sizes == sizes


def test_without_hidden_the_tag_or_the_run_settles_it():
    assert train.parser().parse_args([]).hidden_sizes is None
