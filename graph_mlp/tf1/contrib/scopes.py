"""`tf.contrib.framework.arg_scope`: default arguments for the functions that are called within it."""

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import Any

_scopes: list[dict[Any, dict[str, Any]]] = [{}]


def add_arg_scope(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, with the arguments of the scopes around a call where the call does not give them."""

    @functools.wraps(function)
    def scoped(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **{**_scopes[-1].get(scoped, {}), **kwargs})

    scoped.takes_scopes = True  # type: ignore[attr-defined]
    return scoped


@contextlib.contextmanager
def arg_scope(functions_or_scope: Any, **arguments: Any) -> Iterator[dict[Any, dict[str, Any]]]:
    """Within this block calls of these functions have these arguments; a scope that was yielded is taken up again.

    Raises ValueError where a function was not made with `add_arg_scope`, or a scope is given arguments.
    """
    if isinstance(functions_or_scope, dict):
        if arguments:
            raise ValueError('arg_scope: give arguments to functions, not to a scope that exists')
        scope = functions_or_scope
    else:
        scope = dict(_scopes[-1])
        for function in functions_or_scope:
            if not hasattr(function, 'takes_scopes'):
                raise ValueError(f'arg_scope: {getattr(function, "__name__", function)} is not made with add_arg_scope')
            scope[function] = {**scope.get(function, {}), **arguments}
    _scopes.append(scope)
    try:
        yield scope
    finally:
        _scopes.pop()
