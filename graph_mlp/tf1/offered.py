"""Errors that name what there is, for whatever else TensorFlow 1.x had."""

import functools
import inspect
from collections.abc import Callable
from typing import Any


def only_these_arguments(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, with a TypeError that lists its arguments where it is called with others."""
    signature = inspect.signature(function)

    @functools.wraps(function)
    def checked(*args: Any, **kwargs: Any) -> Any:
        try:
            signature.bind(*args, **kwargs)
        except TypeError as error:
            names = ', '.join(signature.parameters)
            raise TypeError(f'{function.__name__}: {error}; graph_mlp.tf1 has the arguments {names}') from None
        return function(*args, **kwargs)

    return checked


def only_these_names(module: str, names: tuple[str, ...]) -> Callable[[str], Any]:
    """A module's `__getattr__`: an AttributeError that lists its names for every other one."""

    def refuse(name: str) -> Any:
        raise AttributeError(f'graph_mlp.tf1 has no {module}.{name}: {module} has {", ".join(names)}')

    return refuse
