import pytest

from graph_mlp.data import mnist
from graph_mlp.data.load import load_dataset
from graph_mlp.errors import DataError
from tests.data.test_mnist import write_set


@pytest.fixture(autouse=True)
def offline(tmp_path, monkeypatch):
    """No folder is named, the user's cache is empty, and no mirror answers."""
    monkeypatch.delenv('GRAPH_MLP_DATA', raising=False)
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'cache'))
    monkeypatch.setattr(mnist, 'MIRRORS', ('http://127.0.0.1:9/',))


def test_where_no_folder_is_named_the_digits_stand_in_in_two_lines(capsys):
    assert load_dataset(None, None).name == 'digits'
    tried, advice = capsys.readouterr().err.splitlines()
    assert 'http://127.0.0.1:9/' in tried
    assert '--data-dir' in advice


def test_mnist_asked_for_and_missing_is_an_error():
    with pytest.raises(DataError, match='cannot be downloaded'):
        load_dataset('mnist', None)


@pytest.mark.parametrize('dataset', [None, 'mnist'])
def test_a_named_folder_that_is_not_there_is_an_error_and_not_created(tmp_path, dataset):
    with pytest.raises(DataError, match=r'--data-dir names .*absent, which is not a folder'):
        load_dataset(dataset, str(tmp_path / 'absent'))
    assert not (tmp_path / 'absent').exists()


def test_so_is_the_folder_of_the_environment_variable(tmp_path, monkeypatch):
    monkeypatch.setenv('GRAPH_MLP_DATA', str(tmp_path / 'absent'))
    with pytest.raises(DataError, match=r'GRAPH_MLP_DATA names .*absent, which is not a folder'):
        load_dataset(None, None)


def test_what_a_named_folder_lacks_is_named_and_not_downloaded(tmp_path):
    write_set(tmp_path)
    (tmp_path / 't10k-labels-idx1-ubyte').unlink()
    with pytest.raises(DataError, match='lacks t10k-labels-idx1-ubyte'):
        load_dataset(None, str(tmp_path))


def test_a_named_folder_comes_before_the_environment_variable(tmp_path, monkeypatch):
    write_set(tmp_path)
    monkeypatch.setenv('GRAPH_MLP_DATA', str(tmp_path / 'absent'))
    assert load_dataset(None, str(tmp_path)).name.startswith('idx-')


def test_the_digits_are_loaded_though_a_folder_is_named(tmp_path):
    write_set(tmp_path)
    assert load_dataset('digits', str(tmp_path)).name == 'digits'


@pytest.mark.parametrize('dataset', [None, 'mnist'])
def test_a_whole_set_is_loaded_without_a_download(tmp_path, monkeypatch, dataset):
    def download(folder):
        raise AssertionError('nothing is missing')

    write_set(tmp_path)
    monkeypatch.setattr(mnist, 'download', download)
    assert load_dataset(dataset, str(tmp_path)).name.startswith('idx-')
