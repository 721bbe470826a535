import io
import json
import os
import subprocess

import numpy as np
import pytest
from PIL import Image

from tests.cli.commands import environment, run
from tests.conftest import ROOT


@pytest.fixture(scope='module')
def user(tmp_path_factory, request):
    """A folder with a model trained on the digits, and pictures of a seven, as a scan and as it was learned."""
    from graph_mlp.data.mnist import load_digits
    from tests.data.scans import scan

    folder = tmp_path_factory.mktemp('user')
    run(folder, 'train', '--tag', 'BN_elu-20-10', '--dataset', 'digits', '--epochs', 5)
    test = load_digits().test
    (folder / 'pictures').mkdir()
    for number in (1, 0):
        image = test.images[number]
        (folder / f'pictures/{number}.jpg').write_bytes(scan(image, np.random.RandomState(number)))
        Image.fromarray(image.reshape(28, 28)).save(folder / f'learned-{number}.png')
    (folder / 'odd\nname\t.png').write_bytes((folder / 'learned-0.png').read_bytes())
    (folder / 'notes.png').write_text('no image')
    return folder


def test_a_line_a_picture_with_four_fields_and_those_of_a_folder_by_name(user):
    stdout, stderr = run(user, 'predict', 'pictures')
    fields = [line.split('\t') for line in stdout]
    assert [line[0] for line in fields] == ['pictures/0.jpg', 'pictures/1.jpg']
    assert all(0 <= int(digit) <= 9 and 0 < float(probability) <= 1 for _, digit, probability, _ in fields)
    assert stderr == ['model: digits_BN_elu-20-10, trained on digits']


def test_the_answer_is_the_evaluations(user):
    run(user, 'evaluate', '--ckpt', 'saves', '--report', 'report')
    wrong = {each['image']: each for each in json.loads((user / 'report/report.json').read_text())['misclassified']}
    from graph_mlp.data.mnist import load_digits

    for number in (0, 1):
        [line], _ = run(user, 'predict', '--raw', f'learned-{number}.png')
        expected = wrong[number]['predicted'] if number in wrong else load_digits().test.labels[number]
        assert line.split('\t')[1] == str(expected)


def test_json_has_all_ten_probabilities(user):
    [line], _ = run(user, 'predict', '--json', 'odd\nname\t.png')
    record = json.loads(line)
    assert record['file'] == 'odd\nname\t.png'
    assert record['digit'] == 1
    ranked = np.argsort(record['probabilities'])[::-1]
    assert [record['class'], record['runner_up']] == list(ranked[:2])
    assert sum(record['probabilities']) == pytest.approx(1, abs=1e-6)


def test_the_name_of_a_file_stays_in_its_field(user):
    [line], _ = run(user, 'predict', 'odd\nname\t.png')
    assert line.split('\t')[0] == r'odd\nname\t.png'
    assert len(line.split('\t')) == 4


def test_what_is_refused_is_a_line_each_and_the_others_get_their_answers(user):
    os.mkfifo(user / 'pipe')
    stdout, stderr = run(user, 'predict', 'notes.png', 'pipe', 'pictures/0.jpg', 'absent', status=1)
    assert [line.split('\t')[0] for line in stdout] == ['pictures/0.jpg']
    assert [line.split(': ')[:2] for line in stderr[:3]] == [
        ['predict', name] for name in ('notes.png', 'pipe', 'absent')
    ]


def test_a_page_is_a_line_a_digit_with_its_place(user):
    row = np.hstack([np.asarray(Image.open(user / f'learned-{number}.png')) for number in (0, 1)])
    page = np.kron(255 - np.pad(np.vstack([row, 0 * row, row]), 10), np.ones((4, 4), np.uint8))
    Image.fromarray(page).save(user / 'page.webp', lossless=True)
    stdout, stderr = run(user, 'predict', '--json', 'page.webp')
    records = [json.loads(line) for line in stdout]
    assert [record['digit'] for record in records] == [1, 2, 3, 4]
    assert [(record['line'], record['position']) for record in records] == [(1, 1), (1, 2), (2, 1), (2, 2)]
    assert all(0 < left < right < 304 and 0 < top < bottom < 416 for left, top, right, bottom in
               (record['box'] for record in records))  # fmt: skip
    classes = [str(record['class']) for record in records]
    assert [line.split(': ')[1] for line in stderr[-2:]] == [' '.join(classes[:2]), ' '.join(classes[2:])]


def test_standard_input_and_a_figure(user):
    content = io.BytesIO()
    Image.open(user / 'pictures/0.jpg').save(content, 'PNG')
    done = subprocess.run(
        [ROOT / 'bin/predict', '-', '--figure', 'figure.svg'], cwd=user, env=environment(user),
        input=content.getvalue(), capture_output=True, check=True,
    )  # fmt: skip
    assert done.stdout.startswith(b'-\t')
    assert b'figure: figure.svg' in done.stderr
    assert b'<svg' in (user / 'figure.svg').read_bytes()


def test_without_a_model_it_is_said_before_any_picture_is_read(tmp_path):
    [line] = run(tmp_path, 'predict', 'absent.png', status=1)[1]
    assert 'there is no checkpoint saves/model.ckpt' in line
    assert 'train one with bin/train' in line
