"""JAX: `jit` of a step, or of a `lax.scan` over the epoch (variant 'scan'). Images stay on the device."""

import jax
import jax.numpy as jnp
import protocol

job = protocol.Job()
activation = {'elu': jax.nn.elu, 'relu': jax.nn.relu, 'tanh': jnp.tanh, 'selu': jax.nn.selu}[job.config['activation']]
images, labels, test_images = jnp.asarray(job.scaled(job.pixels)), jnp.asarray(job.labels), job.scaled(job.test_pixels)
layers = [[jnp.asarray(kernel), jnp.zeros(kernel.shape[1])] for kernel in job.kernels()]
for layer in layers[:-1] if job.config['batch_norm'] else ():
    layer += [jnp.ones_like(layer[1]), jnp.zeros_like(layer[1])]


@jax.jit
def logits(layers, X):
    for kernel, bias, *norm in layers[:-1]:
        X = X @ kernel + bias
        if norm:
            gamma, beta = norm
            X = (X - X.mean(0)) * jax.lax.rsqrt(X.var(0) + 1e-3) * gamma + beta
        X = activation(X)
    return X @ layers[-1][0] + layers[-1][1]


def step(layers, images, labels, rows):
    def loss(layers):
        return -jnp.take_along_axis(jax.nn.log_softmax(logits(layers, images[rows])), labels[rows][:, None], 1).mean()

    return jax.tree.map(
        lambda value, slope: value - job.config['learning_rate'] * slope, layers, jax.grad(loss)(layers)
    )


def scan(layers, images, labels, order):
    return jax.lax.scan(lambda carry, rows: (step(carry, images, labels, rows), None), layers, order)[0]


compiled = jax.jit(scan if job.variant == 'scan' else step, donate_argnums=0)


def epoch(order):
    global layers
    for rows in [order] if job.variant == 'scan' else order:
        layers = compiled(layers, images, labels, rows)
    jax.block_until_ready(layers)


job.serve(
    prepared=lambda number: jnp.asarray(job.order(number)),
    epoch=epoch,
    accuracy=lambda: (logits(layers, test_images).argmax(1) == job.test_labels).mean(),
)
