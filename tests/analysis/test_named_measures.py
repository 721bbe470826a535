import pytest

from graph_mlp.analysis.named_measures import measure_table, named_measure
from graph_mlp.errors import UsageError
from tests.analysis.synthetic import recorded

RUN = recorded('a', [0.90, 0.97, 0.96, 0.98], seconds=2.0, hidden_sizes=(3,), batch_norm=False)


@pytest.mark.parametrize(
    ('name', 'expected'),
    [
        ('final accuracy', 0.98),
        ('accuracy after 2 epochs', 0.97),
        ('epochs to 97 %', 2),
        ('seconds to 97.5 %', 8.0),
        ('training seconds', 8.0),
        ('parameters', 784 * 3 + 3 + 3 * 10 + 10),
    ],
)
def test_a_measure_is_found_by_its_name(name, expected):
    measure = named_measure(name)
    assert measure.name == name
    assert measure.function(RUN) == expected


def test_the_number_of_a_name_is_in_its_quantity():
    assert named_measure('seconds to 97.5 %').quantity == 'training to 97.5 %'


def test_names_are_distinct():
    names = [measure.name for measure in measure_table()]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ('name', 'words'),
    [
        ('final acuracy', "there is no measure 'final acuracy': did you mean 'final accuracy'?"),
        ('accuracy after 0 epochs', 'should be a whole number of epochs'),
        ('seconds to 197 %', 'from 0 to 100 %'),
        ('seconds to N %', 'there is no measure'),
        ('x', 'choose from final accuracy, '),
    ],
)
def test_a_slip_in_a_name_is_told(name, words):
    with pytest.raises(UsageError) as caught:
        named_measure(name)
    assert words in str(caught.value)
