"""`tf.nn.rnn_cell` of TensorFlow 1.15 in plain operations: its variable names, gate order and initial values.

TensorFlow 2.21's own are classes of Keras 2. `tf.nn.static_rnn`, `dynamic_rnn` and the others are TensorFlow's.
"""

import hashlib
import re
from collections.abc import Callable
from typing import Any, NamedTuple

import tensorflow.compat.v1 as tf

from graph_mlp.tf1.offered import only_these_names

NAMES = (
    'RNNCell', 'BasicRNNCell', 'BasicLSTMCell', 'LSTMCell', 'LSTMStateTuple', 'GRUCell', 'MultiRNNCell',
    'DropoutWrapper',
)  # fmt: skip
__getattr__ = only_these_names('tf.nn.rnn_cell', NAMES)


class LSTMStateTuple(NamedTuple):
    """The state of an LSTM cell."""

    c: Any  # float [batch, units]
    h: Any  # float [batch, outputs]

    @property
    def dtype(self) -> tf.DType:
        """Of both."""
        return self.c.dtype


class RNNCell:
    """`outputs, state = cell(inputs, state)`, whose variables are made in the first call and shared by the others.

    A subclass has `state_size`, `output_size`, and `call(inputs, state)`, in which `tf.get_variable` makes variables.
    """

    state_size: Any
    output_size: Any

    def __init__(self, trainable: bool = True, name: str | None = None, dtype: Any = None, **reuse: Any):
        self._trainable, self._name, self._reuse = trainable, name, reuse.get('_reuse')
        self._scope: Any = None

    def call(self, inputs: tf.Tensor, state: Any) -> tuple[Any, Any]:
        """One step."""
        raise NotImplementedError(f'{type(self).__name__} has no call')

    def __call__(self, inputs: tf.Tensor, state: Any, scope: Any = None) -> tuple[Any, Any]:
        """One step, in the cell's variable scope."""
        inputs = tf.convert_to_tensor(inputs)
        if self._scope is not None:
            with tf.variable_scope(self._scope, reuse=True):
                return self.call(inputs, state)
        default = re.sub(r'(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])', '_', type(self).__name__).lower()
        with tf.variable_scope(scope or self._name, default, reuse=self._reuse) as self._scope:
            return self.call(inputs, state)

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        """Zeros in the form of the state, float [batch_size, size]."""
        with tf.name_scope(f'{type(self).__name__}ZeroState', values=[batch_size]):
            return _mapped(lambda size: tf.zeros(tf.stack([batch_size, size]), dtype), self.state_size, batch_size)

    def _weights(self, name: str, shape: tuple[Any, ...], dtype: Any, initializer: Any = None) -> tf.Variable:
        return tf.get_variable(name, shape, dtype, initializer, trainable=self._trainable)

    def _affine(self, inputs: tf.Tensor, units: int, prefix: str = '', kernel: Any = None, bias: Any = None) -> Any:
        """`inputs @ kernel + bias`, on variables that begin with `prefix`."""
        weights = self._weights(f'{prefix}kernel', (inputs.shape[1], units), inputs.dtype, kernel)
        outputs = tf.matmul(inputs, weights)
        return tf.nn.bias_add(outputs, self._weights(f'{prefix}bias', (units,), inputs.dtype, bias or _ZEROS))


_ZEROS = tf.zeros_initializer()


def _mapped(function: Callable[[int], Any], sizes: Any, batch_size: Any) -> Any:
    """`function` of every size, in the form in which they come; a known batch size is part of the shapes."""
    if isinstance(sizes, LSTMStateTuple):
        return LSTMStateTuple(*(_mapped(function, each, batch_size) for each in sizes))
    if isinstance(sizes, (tuple, list)):
        return tuple(_mapped(function, each, batch_size) for each in sizes)
    made = function(int(sizes))
    made.set_shape([tf.get_static_value(batch_size), int(sizes)])
    return made


class BasicRNNCell(RNNCell):
    """`activation([inputs, state] @ kernel + bias)`."""

    def __init__(
        self, num_units: int, activation: Any = None, reuse: Any = None, name: str | None = None, dtype: Any = None
    ):
        super().__init__(name=name, dtype=dtype, _reuse=reuse)
        self._activation = activation or tf.tanh
        self.state_size = self.output_size = num_units

    def call(self, inputs: tf.Tensor, state: Any) -> tuple[Any, Any]:
        """One step."""
        outputs = self._activation(self._affine(tf.concat([inputs, state], 1), self.output_size))
        return outputs, outputs


class LSTMCell(RNNCell):
    """Long short-term memory (Hochreiter and Schmidhuber 1997), with gates in the order i, j, f, o."""

    def __init__(
        self, num_units: int, use_peepholes: bool = False, cell_clip: float | None = None, initializer: Any = None,
        num_proj: int | None = None, proj_clip: float | None = None, num_unit_shards: Any = None,
        num_proj_shards: Any = None, forget_bias: float = 1.0, state_is_tuple: bool = True, activation: Any = None,
        reuse: Any = None, name: str | None = None, dtype: Any = None,
    ):  # fmt: skip
        super().__init__(name=name, dtype=dtype, _reuse=reuse)
        self._units, self._peepholes, self._initializer = num_units, use_peepholes, initializer
        self._cell_clip, self._projected, self._proj_clip = cell_clip, num_proj, proj_clip
        self._forget_bias, self._is_tuple, self._activation = forget_bias, state_is_tuple, activation or tf.tanh
        self.output_size = num_proj or num_units
        sizes = LSTMStateTuple(num_units, self.output_size)
        self.state_size = sizes if state_is_tuple else sum(sizes)

    def call(self, inputs: tf.Tensor, state: Any) -> tuple[Any, Any]:
        """One step."""
        c_before, h_before = state if self._is_tuple else tf.split(state, [self._units, self.output_size], axis=1)
        gates = self._affine(tf.concat([inputs, h_before], 1), 4 * self._units, kernel=self._initializer)
        i, j, f, o = tf.split(gates, 4, axis=1)

        def seen(name: str, cell: Any) -> Any:
            return self._weights(f'w_{name}_diag', (self._units,), inputs.dtype, self._initializer) * cell

        if self._peepholes:
            forget_seen, input_seen = seen('f', c_before), seen('i', c_before)
            f, i = f + self._forget_bias + forget_seen, i + input_seen
        else:
            f += self._forget_bias
        c = c_before * tf.sigmoid(f) + tf.sigmoid(i) * self._activation(j)
        c = c if self._cell_clip is None else tf.clip_by_value(c, -self._cell_clip, self._cell_clip)
        h = self._activation(c) * tf.sigmoid(o + seen('o', c) if self._peepholes else o)
        if self._projected:
            shape = (self._units, self._projected)
            h = tf.matmul(h, self._weights('projection/kernel', shape, inputs.dtype, self._initializer))
            h = h if self._proj_clip is None else tf.clip_by_value(h, -self._proj_clip, self._proj_clip)
        return h, LSTMStateTuple(c, h) if self._is_tuple else tf.concat([c, h], 1)


class BasicLSTMCell(LSTMCell):
    """The LSTM cell with the arguments of the basic one."""

    def __init__(
        self, num_units: int, forget_bias: float = 1.0, state_is_tuple: bool = True, activation: Any = None,
        reuse: Any = None, name: str | None = None, dtype: Any = None,
    ):  # fmt: skip
        super().__init__(
            num_units, forget_bias=forget_bias, state_is_tuple=state_is_tuple, activation=activation, reuse=reuse,
            name=name, dtype=dtype,
        )  # fmt: skip


class GRUCell(RNNCell):
    """The gated recurrent unit (Cho et al. 2014), with gates in the order r, u."""

    def __init__(
        self, num_units: int, activation: Any = None, reuse: Any = None, kernel_initializer: Any = None,
        bias_initializer: Any = None, name: str | None = None, dtype: Any = None,
    ):  # fmt: skip
        super().__init__(name=name, dtype=dtype, _reuse=reuse)
        self._activation, self._kernel, self._bias = activation or tf.tanh, kernel_initializer, bias_initializer
        self.state_size = self.output_size = num_units

    def call(self, inputs: tf.Tensor, state: Any) -> tuple[Any, Any]:
        """One step."""
        units, ones = self.output_size, self._bias or tf.ones_initializer()
        gates = self._affine(tf.concat([inputs, state], 1), 2 * units, 'gates/', self._kernel, ones)
        r, u = tf.split(tf.sigmoid(gates), 2, axis=1)
        joined = tf.concat([inputs, r * state], 1)
        candidate = self._activation(self._affine(joined, units, 'candidate/', self._kernel, self._bias))
        state = u * state + (1 - u) * candidate
        return state, state


class MultiRNNCell(RNNCell):
    """Cells on top of each other, with a tuple of their states."""

    def __init__(self, cells: Any, state_is_tuple: bool = True):
        super().__init__()
        self._cells, self._is_tuple = list(cells), state_is_tuple
        sizes = tuple(cell.state_size for cell in self._cells)
        self.state_size, self.output_size = sizes if state_is_tuple else sum(sizes), self._cells[-1].output_size

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        """The cells' own."""
        if not self._is_tuple:
            return super().zero_state(batch_size, dtype)
        return tuple(cell.zero_state(batch_size, dtype) for cell in self._cells)

    def call(self, inputs: tf.Tensor, state: Any) -> tuple[Any, Any]:
        """One step of each."""
        states = state if self._is_tuple else tf.split(state, [cell.state_size for cell in self._cells], axis=1)
        after = []
        for number, (cell, before) in enumerate(zip(self._cells, states, strict=True)):
            with tf.variable_scope(f'cell_{number}'):
                inputs, new = cell(inputs, before)
            after.append(new)
        return inputs, tuple(after) if self._is_tuple else tf.concat(after, 1)


class DropoutWrapper(RNNCell):
    """A cell with dropout of its inputs, outputs and states, but not of an LSTM cell's c."""

    def __init__(
        self, cell: Any, input_keep_prob: Any = 1.0, output_keep_prob: Any = 1.0, state_keep_prob: Any = 1.0,
        variational_recurrent: bool = False, input_size: Any = None, dtype: Any = None, seed: int | None = None,
    ):  # fmt: skip
        if variational_recurrent:
            raise ValueError('DropoutWrapper: graph_mlp.tf1 has no variational_recurrent; leave it out')
        super().__init__()
        self._cell, self._seed = cell, seed
        self._keep = {'input': input_keep_prob, 'output': output_keep_prob, 'state': state_keep_prob}
        self.state_size, self.output_size = cell.state_size, cell.output_size

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        """The cell's own."""
        return self._cell.zero_state(batch_size, dtype)

    def __call__(self, inputs: tf.Tensor, state: Any, scope: Any = None) -> tuple[Any, Any]:
        """One step, without a variable scope of its own."""
        outputs, state = self._cell(self._dropped('input', inputs), state, scope)
        if isinstance(state, LSTMStateTuple):
            return self._dropped('output', outputs), state._replace(h=self._dropped('state', state.h))
        return self._dropped('output', outputs), tf.nest.map_structure(lambda one: self._dropped('state', one), state)

    def _dropped(self, what: str, values: tf.Tensor) -> tf.Tensor:
        keep = self._keep[what]
        if isinstance(keep, (int, float)) and keep >= 1:
            return values
        number = 1 if what == 'state' and isinstance(self.state_size, LSTMStateTuple) else 0
        salted = f'{self._seed}{what}_{number}'.encode()
        seed = None if self._seed is None else int(hashlib.md5(salted).hexdigest()[:8], 16) & 0x7FFFFFFF
        return tf.nn.dropout(values, keep_prob=keep, seed=seed)
