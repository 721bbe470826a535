"""The network and its gradient in NumPy, written from the formulas, for comparison."""

import numpy as np

EPSILON = 1e-3
ALPHA, SCALE = 1.6732632423543772, 1.0507009873554805  # Klambauer et al. 2017
ACTIVATIONS = {
    'relu': (lambda z: np.maximum(z, 0), lambda z: (z > 0).astype(z.dtype)),
    'elu': (lambda z: np.where(z > 0, z, np.expm1(np.minimum(z, 0))), lambda z: np.exp(np.minimum(z, 0))),
    'leaky_relu': (lambda z: np.where(z > 0, z, 0.01 * z), lambda z: np.where(z > 0, 1, 0.01)),
    'tanh': (np.tanh, lambda z: 1 - np.tanh(z) ** 2),
    'selu': (
        lambda z: SCALE * np.where(z > 0, z, ALPHA * np.expm1(np.minimum(z, 0))),
        lambda z: SCALE * np.where(z > 0, 1, ALPHA * np.exp(np.minimum(z, 0))),
    ),
}


def layer_names(config):
    """(dense, batch norm) per hidden layer."""
    numbers = range(len(config.hidden_sizes))
    return [(f'hidden{n + 1}', 'batch_normalization' + f'_{n}' * (n > 0)) for n in numbers]


def forward(values, X, config, moving=False):
    """Logits, and what the backward pass needs."""
    activation, _ = ACTIVATIONS[config.activation]
    kept, hidden = [], X
    for dense, norm in layer_names(config):
        inputs = hidden
        z = inputs @ values[f'{dense}/kernel'] + values[f'{dense}/bias']
        unit = deviation = None
        if config.batch_norm:
            mean = values[f'{norm}/moving_mean'] if moving else z.mean(axis=0)
            variance = values[f'{norm}/moving_variance'] if moving else z.var(axis=0)
            deviation = np.sqrt(variance + EPSILON)
            unit = (z - mean) / deviation
            z = unit * values[f'{norm}/gamma'] + values[f'{norm}/beta']
        hidden = activation(z)
        kept.append((inputs, unit, deviation, z))
    return hidden @ values['output/kernel'] + values['output/bias'], (kept, hidden)


def gradients(values, X, y, config):
    """Mean cross-entropy and its gradient with respect to every trained variable."""
    _, derivative = ACTIVATIONS[config.activation]
    logits, (kept, hidden) = forward(values, X, config)
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_softmax = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    count = len(y)
    delta = np.exp(log_softmax)
    delta[np.arange(count), y] -= 1
    delta /= count
    found = {'output/kernel': hidden.T @ delta, 'output/bias': delta.sum(axis=0)}
    delta = delta @ values['output/kernel'].T
    for (dense, norm), (inputs, unit, deviation, z) in zip(reversed(layer_names(config)), reversed(kept), strict=True):
        delta = delta * derivative(z)
        if config.batch_norm:
            found[f'{norm}/gamma'], found[f'{norm}/beta'] = (delta * unit).sum(axis=0), delta.sum(axis=0)
            delta = delta * values[f'{norm}/gamma']
            delta = (delta - delta.mean(axis=0) - unit * (delta * unit).mean(axis=0)) / deviation
        found[f'{dense}/kernel'], found[f'{dense}/bias'] = inputs.T @ delta, delta.sum(axis=0)
        delta = delta @ values[f'{dense}/kernel'].T
    return -log_softmax[np.arange(count), y].mean(), found
