import importlib.metadata
import os

import pytest

from graph_mlp.config import RunConfig
from graph_mlp.runtime.tuning import PRODUCTS, fastest_products, tune_tensorflow


@pytest.mark.parametrize('users', ['', '--xla_cpu_multi_thread_eigen=false'])
def test_xla_is_tuned_once_and_what_the_user_says_comes_last(monkeypatch, users):
    monkeypatch.setenv('XLA_FLAGS', users)
    tune_tensorflow()
    tune_tensorflow()
    products, registers, order, *others = os.environ['XLA_FLAGS'].split()
    assert products == PRODUCTS['eigen']
    assert registers == '--xla_cpu_prefer_vector_width=512'
    assert order == '--xla_cpu_enable_concurrency_optimized_scheduler=false'
    assert others == users.split()


@pytest.mark.parametrize(('users', 'value'), [(None, '0'), ('1', '1')])
def test_tensorflow_computes_without_onednn_unless_the_user_says_otherwise(monkeypatch, users, value):
    monkeypatch.delenv('TF_ENABLE_ONEDNN_OPTS', raising=False)
    if users:
        monkeypatch.setenv('TF_ENABLE_ONEDNN_OPTS', users)
    tune_tensorflow()
    assert os.environ['TF_ENABLE_ONEDNN_OPTS'] == value


def test_a_process_that_trains_several_networks_can_be_tuned_for_each(monkeypatch):
    monkeypatch.setenv('XLA_FLAGS', '')
    tune_tensorflow('ynnpack')
    tune_tensorflow('eigen')
    assert os.environ['XLA_FLAGS'].split()[0] == PRODUCTS['eigen']
    assert PRODUCTS['ynnpack'] not in os.environ['XLA_FLAGS'].split()


def test_another_tensorflow_is_not_told_what_it_may_not_know(monkeypatch):
    monkeypatch.setenv('XLA_FLAGS', '')
    monkeypatch.setattr(importlib.metadata, 'version', lambda name: '2.22.0')
    tune_tensorflow()
    assert os.environ['XLA_FLAGS'] == ''


@pytest.mark.parametrize(
    ('sizes', 'features', 'threads', 'products'),
    [
        ((1000, 350), 784, 2, 'ynnpack'),
        ((1000, 350), 784, 1, 'eigen'),
        ((999,), 784, 2, 'eigen'),
        ((1000, 350), 783, 2, 'eigen'),
        ((300, 100), 784, 8, 'eigen'),
    ],
)
def test_only_a_wide_first_layer_on_several_threads_is_left_to_ynnpack(sizes, features, threads, products):
    assert fastest_products(RunConfig(sizes, input_features=features).kernel_shapes, threads) == products
