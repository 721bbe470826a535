import json

import pytest

from graph_mlp.store.sealed import read_sealed, write_sealed


@pytest.fixture
def path(tmp_path):
    path = tmp_path / 'record.json'
    write_sealed(path, {'seed': 42, 'rate': 0.01, 'names': ['a', None]})
    return path


def test_what_was_written_comes_back_checked(path):
    assert read_sealed(path) == ({'seed': 42, 'rate': 0.01, 'names': ['a', None], 'format': 2}, True)


def test_every_flipped_bit_is_noticed_or_changes_nothing(path):
    whole, expected = path.read_bytes(), read_sealed(path)
    noticed = 0
    for bit in range(8 * len(whole)):
        changed = bytearray(whole)
        changed[bit // 8] ^= 1 << bit % 8
        path.write_bytes(changed)
        try:
            assert read_sealed(path) == expected
        except ValueError:
            noticed += 1
    assert noticed == 8 * len(whole)


def test_the_order_of_fields_and_their_spacing_do_not_matter(path):
    expected = read_sealed(path)
    path.write_text(json.dumps(dict(reversed(json.loads(path.read_text()).items()))))
    assert read_sealed(path) == expected


@pytest.mark.parametrize('content', [{'seed': 1}, {'seed': 1, 'format': 1}])
def test_a_file_of_an_older_version_is_read_unchecked(path, content):
    path.write_text(json.dumps(content))
    assert read_sealed(path) == (content, False)


@pytest.mark.parametrize('content', ['[]', '3', '{', '{"format": 2}', '{"format": 3, "seed": 1}', '{"sha256": ""}'])
def test_what_is_neither_is_refused(path, content):
    path.write_text(content)
    with pytest.raises(ValueError, match=r'.'):
        read_sealed(path)
