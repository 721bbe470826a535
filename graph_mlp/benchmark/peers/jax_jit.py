"""JAX: `jit` of a step, or of a `lax.scan` over the epoch (settings: "variant")."""

import jax
import jax.numpy as jnp
import protocol

ACTIVATIONS = {'elu': jax.nn.elu, 'relu': jax.nn.relu, 'tanh': jnp.tanh, 'selu': jax.nn.selu}


class Jax(protocol.Peer):
    """Plain functions on a list of arrays; images stay on the device."""

    def __init__(self, job):
        super().__init__(job)
        hidden, output = job.layers()
        activation, rate = ACTIVATIONS[job.settings['activation']], job.settings['learning_rate']
        batch_norm = job.settings['batch_norm']

        def logits(parameters, X):
            for kernel, bias, *norm in parameters[:-1]:
                X = X @ kernel + bias
                if batch_norm:
                    gamma, beta = norm
                    X = (X - X.mean(0)) * jax.lax.rsqrt(X.var(0) + 1e-3) * gamma + beta
                X = activation(X)
            return X @ parameters[-1][0] + parameters[-1][1]

        def loss(parameters, X, y):
            log_softmax = jax.nn.log_softmax(logits(parameters, X))
            return -jnp.take_along_axis(log_softmax, y[:, None], 1).mean()

        def step(parameters, X, y):
            gradients = jax.grad(loss)(parameters, X, y)
            return jax.tree.map(lambda value, gradient: value - rate * gradient, parameters, gradients)

        def scan(parameters, images, labels, order):
            def scan_step(parameters, rows):
                return step(parameters, images[rows], labels[rows]), None

            return jax.lax.scan(scan_step, parameters, order)[0]

        layers = [[array for array in layer if array is not None] for layer in hidden] + [list(output)]
        self._parameters = jax.tree.map(jnp.asarray, layers)
        self._images, self._labels = jnp.asarray(job.scaled(job.pixels)), jnp.asarray(job.train_labels)
        self._logits, self._scan = jax.jit(logits), jax.jit(scan, donate_argnums=0)
        self._step = jax.jit(lambda p, images, labels, rows: step(p, images[rows], labels[rows]), donate_argnums=0)

    def prepared(self, order):
        """The order on the device."""
        return jnp.asarray(order)

    def epoch(self, order):
        """One compiled call per step, or one for all."""
        if self.job.settings['variant'] == 'scan':
            self._parameters = self._scan(self._parameters, self._images, self._labels, order)
        else:
            for rows in order:
                self._parameters = self._step(self._parameters, self._images, self._labels, rows)
        jax.block_until_ready(self._parameters)

    def accuracy(self):
        """By batch statistics, as the notebook does."""
        logits = self._logits(self._parameters, jnp.asarray(self.job.scaled(self.job.test_pixels)))
        return (logits.argmax(1) == self.job.test_labels).mean()


if __name__ == '__main__':
    protocol.serve(Jax)
