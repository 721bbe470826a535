"""What fuzz tests share: mutations of a file's content, and cases of a property."""

import contextlib

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph_mlp.errors import GraphMLPError

_PLACES = st.floats(0, 1, exclude_max=True)
MUTATIONS = st.one_of(
    st.tuples(st.just('flip'), _PLACES, st.integers(0, 7)),
    st.tuples(st.just('cut'), _PLACES, st.just(0)),
    st.tuples(st.just('drop'), _PLACES, st.integers(1, 40)),
    st.tuples(st.just('insert'), _PLACES, st.binary(min_size=1, max_size=20)),
    st.tuples(st.just('overwrite'), _PLACES, st.sampled_from([b'\xff' * 8, b'\0' * 16, b'1e999', b'[[[[', b'../../'])),
)


def mutated(content, mutation):
    """The content after one of MUTATIONS."""
    kind, place, detail = mutation
    at, content = int(place * len(content)), bytearray(content)
    if kind == 'flip':
        content[at] ^= 1 << detail
    elif kind == 'cut':
        del content[at:]
    elif kind == 'drop':
        del content[at : at + detail]
    elif kind == 'insert':
        content[at:at] = detail
    else:
        content[at : at + len(detail)] = detail
    return bytes(content)


def check(count, strategy, property_of):
    """Checks `property_of` of `count` cases; one of our own errors is a right answer."""
    cases = 0

    @settings(
        max_examples=count, deadline=None, derandomize=True, database=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )  # fmt: skip
    @given(strategy)
    def each(case):
        nonlocal cases
        cases += 1
        with contextlib.suppress(GraphMLPError):
            property_of(case)

    each()
    print(f'{cases} cases, 0 tracebacks')
