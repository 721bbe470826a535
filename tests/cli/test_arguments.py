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


def complaint(parser, capsys, *arguments):
    """The one line, and the status, in which these arguments end."""
    with pytest.raises(SystemExit) as ending:
        parser.parse_args(arguments)
    [line] = capsys.readouterr().err.splitlines()
    return line, ending.value.code


@pytest.mark.parametrize(('text', 'number'), [('1', 1), ('500', 500)])
def test_positive_takes_whole_numbers_from_1(text, number):
    assert positive(text) == number


@pytest.mark.parametrize('text', ['0', '-1'])
def test_positive_refuses_what_is_below_1(text):
    with pytest.raises(ArgumentTypeError, match=f'{text} is not a positive whole number'):
        positive(text)


@pytest.mark.parametrize('text', ['1.5', 'many', ''])
def test_positive_refuses_what_is_no_whole_number(text):
    with pytest.raises(ValueError, match='invalid literal'):
        positive(text)


@pytest.mark.parametrize('text', ['bench.png', 'pictures/bench.svg'])
def test_a_figure_is_png_or_svg(text):
    assert figure_file(text) == Path(text)


@pytest.mark.parametrize('text', ['bench.pdf', 'bench', 'png', 'bench.png.gz'])
def test_any_other_file_is_no_figure(text):
    with pytest.raises(ArgumentTypeError, match=f'{text}: a figure is'):
        figure_file(text)


def test_no_flag_can_be_abbreviated(parser, capsys):
    assert parser.parse_args(['--height', '3']).height == 3
    line, status = complaint(parser, capsys, '--heigh', '3')
    assert 'unrecognized arguments: --heigh 3' in line
    assert status == 2


def test_an_error_names_the_command_and_where_the_flags_are(parser, capsys):
    line, status = complaint(parser, capsys, '--height', '0')
    assert line == 'fly: argument --height: 0 is not a positive whole number; bin/fly --help shows every flag'
    assert status == 2


def test_a_parser_takes_debug_without_being_told(parser):
    assert parser.parse_args(['--debug']).debug
    assert not parser.parse_args([]).debug


@pytest.mark.parametrize('words', [['-3'], ['300-'], ['300x100'], ['0']])
def test_what_is_no_size_is_refused(words):
    with pytest.raises(UsageError, match='--hidden'):
        train.parser().parse_args([f'--hidden={word}' for word in words])


@pytest.mark.parametrize(
    ('words', 'sizes'),
    [
        (['300', '100'], (300, 100)),
        (['300-100'], (300, 100)),
        (['300,100'], (300, 100)),
        (['300-100', '50'], (300, 100, 50)),
        (['7'], (7,)),
    ],
)
def test_however_they_are_spelled_hidden_is_one_list_of_sizes(words, sizes):
    assert train.parser().parse_args(['--hidden', *words]).hidden_sizes == sizes


def test_without_hidden_the_tag_or_the_run_settles_it():
    assert train.parser().parse_args([]).hidden_sizes is None
