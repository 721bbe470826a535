import base64
import hashlib
import json
import re

import numpy as np
import pytest

from graph_mlp.activations import ACTIVATIONS
from graph_mlp.errors import UsageError
from graph_mlp.export import page as page_module
from graph_mlp.export.page import embedded_json, page, sample_rows
from tests.export.networks import NETWORKS, model

HOSTILE = '</script><script>alert(1)</script>"\'&'


def text(network, dataset):
    return page(network, dataset, 0.5, dataset.test.labels).decode()


def test_its_activations_are_those_of_the_table():
    assert tuple(ACTIVATIONS) == page_module.ACTIVATIONS


def test_an_activation_that_it_lacks_is_said(digits, monkeypatch):
    monkeypatch.setattr(page_module, 'ACTIVATIONS', ('relu',))
    with pytest.raises(UsageError, match='the page computes relu, not elu; use another format'):
        page(model(NETWORKS['BN_elu']), digits, 0.5, digits.test.labels)


@pytest.mark.parametrize('change', [{'class_names': tuple('abcdefghij')}, {'classes': 11}, {'height': 14, 'width': 56}])
def test_a_model_of_anything_but_ten_digits_is_refused_with_the_other_formats(digits, change):
    with pytest.raises(UsageError, match='saved-model, onnx or tflite'):
        text(model(NETWORKS['relu']), digits._replace(**change))


def test_what_a_record_says_ends_no_element(digits):
    content = text(model(NETWORKS['relu'], run=HOSTILE), digits)
    assert content.count('<script') == content.count('</script>') == 2
    assert '<title>Draw a digit: &lt;/script&gt;' in content
    [embedded] = re.findall(r'<script type="application/json" id="model">(.*?)</script>', content)
    assert json.loads(embedded)['name'] == HOSTILE


def test_embedded_json_has_no_less_than_sign():
    assert embedded_json(['<!--<script>']) == '["\\u003c!--\\u003cscript>"]'


def test_the_policy_allows_its_own_script_and_style_and_no_request(digits):
    content = text(model(NETWORKS['relu']), digits)
    [policy] = re.findall('http-equiv="Content-Security-Policy" content="([^"]*)"', content)
    assert policy.startswith("default-src 'none'; ")
    for element in ('script', 'style'):
        body = re.findall(f'<{element}>(.*?)</{element}>', content, re.S)
        hashes = [base64.b64encode(hashlib.sha256(each.encode()).digest()).decode() for each in body]
        assert re.findall(rf"{element}-src '([^']*)'", policy) == [f'sha256-{each}' for each in hashes]


def test_it_names_no_address(digits):
    content = text(model(NETWORKS['relu']), digits)
    without_weights = re.sub(r'<script type="application/json".*?</script>', '', content)
    assert re.findall(r'https?:|//[a-z]|url\(|@import|src=', without_weights) == []


def test_the_folder_of_other_data_is_not_passed_on(digits):
    other = digits._replace(name='idx-0123abcd', title='data of /home/me/secret (not MNIST, checksum 0123abcd)')
    content = text(model(NETWORKS['relu']), other)
    assert 'secret' not in content
    assert 'idx-0123abcd (not MNIST)' in content


def test_samples_are_of_every_class_and_the_first_mistakes():
    labels = np.tile(np.arange(10), 5)
    classes = labels.copy()
    classes[[13, 27]] = 0
    assert list(sample_rows(labels, classes)) == [*range(10), 10, 11, 12, 23, 14, 15, 16, 17, 13, 27]


@pytest.mark.parametrize('mistakes', [0, 3, 30])
def test_at_most_eight_samples_are_mistakes(mistakes):
    labels = np.tile(np.arange(10), 5)
    classes = np.where(np.arange(50) < mistakes, (labels + 1) % 10, labels)
    rows = sample_rows(labels, classes)
    assert len(set(rows)) == 20
    assert (labels[rows] != classes[rows]).sum() == min(mistakes, 8)
