"""bin/environment.py: what counts as installed, and which Pythons and folders it uses."""

import configparser
import os
import sys

import pytest
from packaging.specifiers import SpecifierSet

from tests.bin.checkout import Checkout, load_environment
from tests.conftest import ROOT

NAME = 'graph-mlp-example'


@pytest.fixture
def environment():
    return load_environment()


@pytest.fixture
def checkout(tmp_path):
    return Checkout(tmp_path)


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Puts the metadata of an installed package, with its own requirements, on this Python's path."""
    monkeypatch.syspath_prepend(tmp_path / 'site')

    def write(name, version, *requirements):
        folder = tmp_path / 'site' / f'{name.replace("-", "_")}-{version}.dist-info'
        folder.mkdir(parents=True)
        lines = ['Metadata-Version: 2.1', f'Name: {name}', f'Version: {version}', 'Provides-Extra: fast']
        (folder / 'METADATA').write_text('\n'.join([*lines, *(f'Requires-Dist: {line}' for line in requirements)]))

    return write


@pytest.mark.parametrize(
    ('specifier', 'version', 'answer'),
    [
        ('', '0.1', True),
        ('>=2.21,<2.22', '2.21.5', True),
        ('>=2.21,<2.22', '2.22.0', False),
        ('>=1.10', '1.9', False),
        ('>=1.9', '1.10.post1', True),
        ('>=2.4', '2.4.0+cpu', True),
        ('>=2', '2.1rc1', True),
        ('!=1.5', '1.5', False),
        ('!=1.5', '1.6', True),
        ('~=1.4', '1.9', True),
        ('~=1.4', '2.0', False),
        ('==1.*', '1.3', True),
        (' >= 3 ; python_version < "3"', '2.0', True),
        (' >= 3 ; python_version >= "3"', '2.0', False),
    ],
)
def test_a_version_is_admitted_or_not(environment, checkout, install, specifier, version, answer):
    install(NAME, version)
    checkout.require(NAME + specifier)
    assert environment.complete(checkout.root) is answer


@pytest.mark.parametrize(('marker', 'answer'), [('', False), ('; python_version < "3"', True)])
def test_a_missing_package_counts_unless_its_marker_excludes_this_python(environment, checkout, marker, answer):
    checkout.require(NAME + marker)
    assert environment.complete(checkout.root) is answer


@pytest.mark.parametrize(('helper', 'answer'), [('2.0', True), ('1.0', False), (None, False)])
def test_an_extra_of_a_requirement_needs_its_packages(environment, checkout, install, helper, answer):
    install(NAME, '1.0', f'{NAME}-helper>=2; extra == "fast"')
    if helper:
        install(f'{NAME}-helper', helper)
    checkout.require(f'{NAME}[fast]>=1')
    assert environment.complete(checkout.root) is answer


def test_a_requirement_without_extra_needs_no_packages_of_the_extra(environment, checkout, install):
    install(NAME, '1.0', f'{NAME}-helper>=2; extra == "fast"')
    checkout.require(NAME)
    assert environment.complete(checkout.root)


def test_only_the_test_extra_needs_its_packages(environment, checkout, install):
    install(NAME, '1.0')
    checkout.require(NAME)
    assert environment.complete(checkout.root)
    assert not environment.complete(checkout.root, 'test')


def test_python_requires_is_obeyed(environment, checkout, install):
    install(NAME, '1.0')
    checkout.require(NAME)
    setup = checkout.root / 'setup.cfg'
    setup.write_text(setup.read_text().replace('>=3.10,<3.14', '>=4'))
    assert not environment.complete(checkout.root)


@pytest.mark.parametrize(('version', 'answer'), [('1.6', True), ('1.6rc1', True), ('1.4', False)])
def test_pips_copy_of_packaging_will_do(environment, checkout, install, monkeypatch, version, answer):
    pytest.importorskip('pip._vendor.packaging.requirements')
    for module in ('packaging.requirements', 'packaging.specifiers'):
        monkeypatch.setitem(sys.modules, module, None)
    install(NAME, version)
    checkout.require(NAME + '>=1.5')
    assert environment.complete(checkout.root) is answer


def test_without_any_packaging_nothing_is_complete(environment, checkout, install, monkeypatch):
    for library in ('packaging', 'pip._vendor.packaging'):
        for module in ('requirements', 'specifiers'):
            monkeypatch.setitem(sys.modules, f'{library}.{module}', None)
    install(NAME, '1.6')
    checkout.require(NAME)
    assert environment.complete(checkout.root) is False


def test_usable_pythons_are_those_of_setup_cfg(environment, monkeypatch):
    setup = configparser.ConfigParser(interpolation=None)
    setup.read(ROOT / 'setup.cfg', encoding='utf-8')
    admitted = SpecifierSet(setup['options']['python_requires'])
    for minor in range(6, 20):
        monkeypatch.setattr(sys, 'version_info', (3, minor, 0))
        assert environment.usable() is (f'3.{minor}.0' in admitted)


def test_the_shell_looks_for_every_usable_python(environment):
    script = (ROOT / 'bin' / 'graph-mlp').read_text()
    minors = range(environment.OLDEST_PYTHON[1], environment.NEWEST_PYTHON[1] + 1)
    assert all(f'python3.{minor} ' in script for minor in minors)
    *others, newest = (f'3.{minor}' for minor in minors)
    assert f'Python {", ".join(others)} or {newest} ' in script


@pytest.fixture
def created(checkout, monkeypatch):
    """The folders that were created, each with a Python whose pip only logs."""
    folders = []

    def create(folder, **options):
        folders.append(folder)
        checkout.write_python(folder / 'bin' / 'python', 'python-of-venv')

    monkeypatch.setattr('venv.create', create)
    return folders


def test_a_venv_is_created_once(environment, checkout, created):
    environment.make(str(checkout.root))
    environment.make(str(checkout.root), 'test')
    assert created == [checkout.venv]
    assert checkout.installed() == ['DIR', 'DIR[test]']
    assert not list(checkout.venv.glob('graph-mlp-creating')) + list(checkout.venv.glob('graph-mlp-installing'))


def test_a_venv_whose_creation_was_interrupted_is_created_again(environment, checkout, created, monkeypatch, capfd):
    monkeypatch.setenv('PIP_STATUS', '1')
    with pytest.raises(SystemExit):
        environment.make(str(checkout.root))
    (checkout.venv / 'remains').touch()
    monkeypatch.setenv('PIP_STATUS', '0')
    environment.make(str(checkout.root))
    assert created == [checkout.venv] * 2
    assert not (checkout.venv / 'remains').exists()
    assert 'because the last try was interrupted' in capfd.readouterr().err


def test_a_folder_without_python_is_refused_and_kept(environment, checkout, created):
    checkout.venv.mkdir()
    (checkout.venv / 'notes.txt').write_text('mine')
    with pytest.raises(SystemExit, match=r'no Python 3\.10 to 3\.13 .* remove that folder'):
        environment.make(str(checkout.root))
    assert created == []
    assert (checkout.venv / 'notes.txt').read_text() == 'mine'


@pytest.mark.parametrize(('age', 'files', 'kept'), [(-5, [], True), (5, ['INSTALLER'], True), (5, ['METADATA'], False)])
def test_packages_that_pip_half_installed_are_installed_again(environment, checkout, age, files, kept):
    """Ages are seconds after pip was started."""
    checkout.write_venv()
    (checkout.venv / 'graph-mlp-installing').write_text('test')
    package = checkout.venv / 'lib' / 'python3.12' / 'site-packages' / 'example-1.0.dist-info'
    package.mkdir(parents=True)
    for name in files:
        (package / name).touch()
    seconds = (checkout.venv / 'graph-mlp-installing').stat().st_mtime + age
    os.utime(package, (seconds, seconds))
    environment.make(str(checkout.root), 'test')
    assert package.exists() is kept
