"""`tf.nn.rnn_cell` of TensorFlow 1.15 in plain operations: its variable names, gate order and initial values.

TensorFlow 2.21's own are classes of Keras 2. `tf.nn.static_rnn`, `dynamic_rnn` and the others are TensorFlow's.
"""

import hashlib
import re
from typing import Any, NamedTuple

import tensorflow.compat.v1 as tf
from tensorflow.python.ops.rnn_cell_impl import _zero_state_tensors  # of a state of any form

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

    def __init__(self, trainable: bool = True, name: str | None = None, dtype: Any = None, _reuse: Any = None):
        self._trainable, self._name, self._reuse, self._scope = trainable, name, _reuse, None
        self._inputs: Any = None

    def build(self, inputs: tf.Tensor) -> None:
        """Makes the variables for inputs of this form."""

    def call(self, inputs: tf.Tensor, state: Any) -> tuple[Any, Any]:
        """One step; returns outputs and state."""
        raise NotImplementedError(f'{type(self).__name__} has no call')

    def __call__(self, inputs: tf.Tensor, state: Any, scope: Any = None) -> tuple[Any, Any]:
        """One step, in the cell's variable scope."""
        inputs = tf.convert_to_tensor(inputs)
        if self._scope is not None:
            with tf.variable_scope(self._scope, reuse=True):
                return self.call(inputs, state)
        default = re.sub(r'(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])', '_', type(self).__name__).lower()
        with tf.variable_scope(scope or self._name, default, reuse=self._reuse) as self._scope:
            self.build(inputs)
            return self.call(inputs, state)

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        """Zeros in the form of the state, float [batch_size, size]."""
        with tf.name_scope(f'{type(self).__name__}ZeroState', values=[batch_size]):
            return _zero_state_tensors(self.state_size, batch_size, dtype)

    def _weights(self, name: str, *shape: Any, initializer: Any = None) -> tf.Variable:
        initializer = initializer or (tf.zeros_initializer() if name.endswith('bias') else None)
        return tf.get_variable(name, shape, self._inputs.dtype, initializer, trainable=self._trainable)


def _affine(inputs: tf.Tensor, state: tf.Tensor, weights: tuple[tf.Variable, tf.Variable]) -> tf.Tensor:
    return tf.nn.bias_add(tf.matmul(tf.concat([inputs, state], 1), weights[0]), weights[1])


def _split(values: tf.Tensor, parts: Any) -> list[tf.Tensor]:
    tf.constant(parts)  # not used: 1.15 has it, and op seeds count operations
    return tf.split(values, parts, axis=1)


class BasicRNNCell(RNNCell):
    """`activation([inputs, state] @ kernel + bias)`."""

    def __init__(
        self, num_units: int, activation: Any = None, reuse: Any = None, name: str | None = None, dtype: Any = None
    ):
        super().__init__(name=name, dtype=dtype, _reuse=reuse)
        self._activation, self.state_size, self.output_size = activation or tf.tanh, num_units, num_units

    def build(self, inputs: tf.Tensor) -> None:
        """Makes kernel and bias."""
        self._inputs, units = inputs, self.output_size
        self._affine = self._weights('kernel', inputs.shape[1] + units, units), self._weights('bias', units)

    def call(self, inputs: tf.Tensor, state: Any) -> tuple[Any, Any]:
        """One step; returns outputs and state."""
        outputs = self._activation(_affine(inputs, state, self._affine))
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
        self._units, self._has_peepholes, self._initializer = num_units, use_peepholes, initializer
        self._cell_clip, self._projected, self._proj_clip = cell_clip, num_proj, proj_clip
        self._forget_bias, self._is_tuple, self._activation = forget_bias, state_is_tuple, activation or tf.tanh
        self.output_size = num_proj or num_units
        self.state_size = (
            LSTMStateTuple(num_units, self.output_size) if state_is_tuple else num_units + self.output_size
        )

    def build(self, inputs: tf.Tensor) -> None:
        """Makes kernel and bias, peepholes and projection."""
        self._inputs, units, first = inputs, self._units, {'initializer': self._initializer}
        kernel = self._weights('kernel', inputs.shape[1] + self.output_size, 4 * units, **first)
        self._affine = kernel, self._weights('bias', 4 * units)
        names = ('w_f_diag', 'w_i_diag', 'w_o_diag') if self._has_peepholes else ()
        self._peepholes = [self._weights(name, units, **first) for name in names]
        if self._projected:
            self._projection = self._weights('projection/kernel', units, self._projected, **first)

    def call(self, inputs: tf.Tensor, state: Any) -> tuple[Any, Any]:
        """One step; returns outputs and state."""
        before, h = state if self._is_tuple else _split(state, [self._units, self.output_size])
        i, j, f, o = _split(_affine(inputs, h, self._affine), 4)
        f = f + self._forget_bias
        if self._has_peepholes:
            of_f, of_i, of_o = self._peepholes
            c = tf.sigmoid(f + of_f * before) * before + tf.sigmoid(i + of_i * before) * self._activation(j)
        else:
            c = tf.sigmoid(f) * before + tf.sigmoid(i) * self._activation(j)
        c = c if self._cell_clip is None else tf.clip_by_value(c, -self._cell_clip, self._cell_clip)
        h = tf.sigmoid(o + of_o * c if self._has_peepholes else o) * self._activation(c)
        if self._projected:
            h = tf.matmul(h, self._projection)
            h = h if self._proj_clip is None else tf.clip_by_value(h, -self._proj_clip, self._proj_clip)
        return h, LSTMStateTuple(c, h) if self._is_tuple else tf.concat([c, h], 1)


class BasicLSTMCell(LSTMCell):
    """The LSTM cell with the arguments of the basic one."""

    def __init__(
        self, num_units: int, forget_bias: float = 1.0, state_is_tuple: bool = True, activation: Any = None,
        reuse: Any = None, name: str | None = None, dtype: Any = None,
    ):  # fmt: skip
        how = {'forget_bias': forget_bias, 'state_is_tuple': state_is_tuple, 'activation': activation}
        super().__init__(num_units, **how, reuse=reuse, name=name, dtype=dtype)


class GRUCell(RNNCell):
    """The gated recurrent unit (Cho et al. 2014), with gates in the order r, u."""

    def __init__(
        self, num_units: int, activation: Any = None, reuse: Any = None, kernel_initializer: Any = None,
        bias_initializer: Any = None, name: str | None = None, dtype: Any = None,
    ):  # fmt: skip
        super().__init__(name=name, dtype=dtype, _reuse=reuse)
        self._activation, self._kernel, self._bias = activation or tf.tanh, kernel_initializer, bias_initializer
        self.state_size = self.output_size = num_units

    def build(self, inputs: tf.Tensor) -> None:
        """Makes two kernels and biases."""
        self._inputs, units, ones = inputs, self.output_size, self._bias or tf.ones_initializer()
        rows, kernel = inputs.shape[1] + units, {'initializer': self._kernel}
        gates = self._weights('gates/kernel', rows, 2 * units, **kernel)
        self._gates = gates, self._weights('gates/bias', 2 * units, initializer=ones)
        candidate = self._weights('candidate/kernel', rows, units, **kernel)
        self._candidate = candidate, self._weights('candidate/bias', units, initializer=self._bias)

    def call(self, inputs: tf.Tensor, state: Any) -> tuple[Any, Any]:
        """One step; returns outputs and state."""
        r, u = _split(tf.sigmoid(_affine(inputs, state, self._gates)), 2)
        state = u * state + (1 - u) * self._activation(_affine(inputs, r * state, self._candidate))
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
        with tf.name_scope('MultiRNNCellZeroState', values=[batch_size]):
            return tuple(cell.zero_state(batch_size, dtype) for cell in self._cells)

    def call(self, inputs: tf.Tensor, state: Any) -> tuple[Any, Any]:
        """One step of each; returns outputs and state."""
        states = state if self._is_tuple else _split(state, [cell.state_size for cell in self._cells])
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
        *, seed: int | None = None,
    ):  # fmt: skip
        super().__init__()
        self._cell, self._seed = cell, seed
        self._keep = {'input': input_keep_prob, 'output': output_keep_prob, 'state': state_keep_prob}
        self.state_size, self.output_size = cell.state_size, cell.output_size
        for keep in self._keep.values():
            tf.constant(keep) if isinstance(keep, (int, float)) else None  # as in `_split`

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        """The cell's own."""
        return self._cell.zero_state(batch_size, dtype)

    def __call__(self, inputs: tf.Tensor, state: Any, scope: Any = None) -> tuple[Any, Any]:
        """One step, without a variable scope of its own."""
        outputs, state = self._cell(self._dropped('input', inputs), state, scope)
        if isinstance(state, LSTMStateTuple):
            state = state._replace(h=self._dropped('state', state.h, 1))
        else:
            state = tf.nest.map_structure(lambda one: self._dropped('state', one), state)
        return self._dropped('output', outputs), state

    def _dropped(self, what: str, values: tf.Tensor, number: int = 0) -> tf.Tensor:
        keep = self._keep[what]
        if isinstance(keep, (int, float)) and keep >= 1:
            return values
        salted = f'{self._seed}{what}_{number}'.encode()
        seed = None if self._seed is None else int(hashlib.md5(salted).hexdigest()[:8], 16) & 0x7FFFFFFF
        return tf.nn.dropout(values, keep_prob=keep, seed=seed)
