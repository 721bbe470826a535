import hashlib
import os

import pytest

from graph_mlp.store.history import Epoch
from graph_mlp.store.history_file import HistoryEnd, append_epoch, read_history, write_history
from tests.store.test_history import epoch

THREE = [epoch(0), epoch(1), epoch(2)]
OLDER_HEADER = ','.join(Epoch._fields) + '\n'


@pytest.fixture
def path(tmp_path):
    return tmp_path / 'history.csv'


def test_a_line_per_epoch_under_the_names_of_the_fields(path):
    write_history(path, THREE[:2])
    header, first, second = path.read_text().splitlines()
    assert header.split(',') == [*Epoch._fields, 'checksum']
    assert first.startswith('0,0.9,0.3,0.8')
    assert second.startswith('1,')


def test_a_checksum_is_of_the_one_before_and_the_line(path):
    end = write_history(path, THREE[:2])
    before = ''
    for line in path.read_text().splitlines()[1:]:
        values, _, checksum = line.rpartition(',')
        assert checksum == hashlib.sha256(f'{before},{values}'.encode()).hexdigest()[:16]
        before = checksum
    assert end == (2, before)


def test_appended_lines_are_those_that_would_be_written_together(path, tmp_path):
    write_history(tmp_path / 'whole.csv', THREE)
    end = write_history(path, THREE[:1])
    for each in THREE[1:]:
        end = append_epoch(path, each, end, is_synced=True)
    assert path.read_bytes() == (tmp_path / 'whole.csv').read_bytes()
    assert read_history(path).epochs == THREE


def test_the_epochs_up_to_an_end_are_those_that_were_there_then(path):
    ends = [write_history(path, THREE[:count]) for count in range(4)]
    history = read_history(path)
    assert [history.up_to(end) for end in ends] == [THREE[:count] for count in range(4)]
    assert history.up_to(HistoryEnd(2, 'another')) is None
    assert history.up_to(HistoryEnd(4, ends[3].checksum)) is None


def test_a_damaged_line_leaves_those_before_it(path):
    end = write_history(path, THREE[:1])
    write_history(path, THREE)
    path.write_text(path.read_text().replace('\n2,0.9', '\n2,0.8'))
    history = read_history(path)
    assert history.epochs == THREE[:2]
    assert history.complaint == 'line 4: it does not have the checksum that was written with it'
    assert history.up_to(end) == THREE[:1]


def test_a_history_that_is_right_already_is_left_alone(path):
    write_history(path, THREE)
    before = path.stat()
    write_history(path, THREE)
    assert path.stat().st_ino == before.st_ino


def test_of_a_line_that_cannot_be_written_nothing_is_left(path, monkeypatch):
    end = write_history(path, THREE[:1])
    before, real = path.read_bytes(), os.write

    def write(descriptor, content):
        if len(content) < 50:
            raise OSError(28, 'No space left on device')
        return real(descriptor, content[:50])

    monkeypatch.setattr(os, 'write', write)
    with pytest.raises(OSError, match='No space left'):
        append_epoch(path, THREE[1], end, is_synced=True)
    assert path.read_bytes() == before


def test_a_file_that_was_removed_is_not_begun_anew(path):
    with pytest.raises(FileNotFoundError):
        append_epoch(path, THREE[0], HistoryEnd(0, ''), is_synced=True)


def test_a_file_of_an_older_version_is_read_unchecked(path):
    path.write_text(OLDER_HEADER + ''.join(','.join(map(str, each)) + '\n' for each in THREE))
    history = read_history(path)
    assert (history.epochs, history.complaint, history.is_checked) == (THREE, None, False)


@pytest.mark.parametrize(
    ('line', 'complaint'),
    [
        ('0,0.5\n', 'it has another number of columns'),
        ('1' + ',0.5' * 12 + '\n', 'its epochs are not 0, 1, 2'),
        ('0' + ',nan' * 12 + '\n', 'not finite'),
        ('0' + ',x' * 12 + '\n', 'could not convert'),
        ('0' + ',0.5' * 12, 'it is cut short'),
        ('0' * 2_000 + '\n', 'it is cut short'),
    ],
)
def test_a_line_of_an_older_version_that_is_no_epoch_is_not_read(path, line, complaint):
    path.write_text(OLDER_HEADER + line)
    history = read_history(path)
    assert history.epochs == []
    assert complaint in history.complaint


def test_what_has_other_columns_is_no_history(path):
    path.write_text('epoch,accuracy\n0,0.5\n')
    with pytest.raises(ValueError, match='other columns'):
        read_history(path)


def test_a_pipe_is_no_history(path):
    os.mkfifo(path)
    with pytest.raises(ValueError, match='not a regular file'):
        read_history(path)
