"""PyTorch, eager or through `torch.compile` (settings: "variant")."""

import protocol
import torch
from torch import nn

ACTIVATIONS = {'elu': nn.ELU, 'relu': nn.ReLU, 'tanh': nn.Tanh, 'selu': nn.SELU}


class PyTorch(protocol.Peer):
    """The training loop of the PyTorch tutorials, on tensors that are already in memory."""

    def __init__(self, job):
        super().__init__(job)
        torch.set_num_threads(job.settings['threads'])
        hidden, output = job.layers()
        layers = []
        for kernel, bias, gamma, _ in hidden:
            layers.append(self._linear(kernel, bias))
            if gamma is not None:
                layers.append(nn.BatchNorm1d(len(gamma), eps=1e-3, momentum=0.1))
            layers.append(ACTIVATIONS[job.settings['activation']]())
        self._model = nn.Sequential(*layers, self._linear(*output))
        self._optimizer = torch.optim.SGD(self._model.parameters(), lr=job.settings['learning_rate'])
        self._loss = nn.CrossEntropyLoss()
        self._images, self._labels = torch.from_numpy(job.scaled(job.pixels)), torch.from_numpy(job.train_labels).long()
        self._forward = torch.compile(self._batch_loss) if job.settings['variant'] == 'compile' else self._batch_loss

    @staticmethod
    def _linear(kernel, bias):
        layer = nn.Linear(*kernel.shape)
        with torch.no_grad():
            layer.weight.copy_(torch.from_numpy(kernel.T))
            layer.bias.copy_(torch.from_numpy(bias))
        return layer

    def _batch_loss(self, X, y):
        return self._loss(self._model(X), y)

    def prepared(self, order):
        """The order as tensors."""
        return torch.from_numpy(order)

    def epoch(self, order):
        """Forward, backward, step, batch by batch."""
        self._model.train()
        for rows in order:
            self._optimizer.zero_grad()
            self._forward(self._images[rows], self._labels[rows]).backward()
            self._optimizer.step()

    def accuracy(self):
        """By moving averages."""
        self._model.eval()
        with torch.no_grad():
            logits = self._model(torch.from_numpy(self.job.scaled(self.job.test_pixels)))
        return (logits.argmax(1).numpy() == self.job.test_labels).mean()


if __name__ == '__main__':
    protocol.serve(PyTorch)
