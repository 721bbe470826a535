"""scikit-learn's MLPClassifier: with ReLU, since it has neither batch norm nor ELU, so only its time compares."""

import protocol
from sklearn.neural_network import MLPClassifier


class Sklearn(protocol.Peer):
    """`partial_fit` is one pass over the images."""

    def __init__(self, job):
        super().__init__(job)
        settings = job.settings
        self._model = MLPClassifier(
            tuple(settings['hidden_sizes']), solver='sgd', batch_size=settings['batch_size'], shuffle=False, alpha=0,
            learning_rate_init=settings['learning_rate'], momentum=0, random_state=settings['seed'],
        )  # fmt: skip
        self._images = job.scaled(job.pixels)

    def prepared(self, order):
        """The images in order."""
        rows = order.ravel()
        return self._images[rows], self.job.train_labels[rows]

    def epoch(self, order):
        """One pass over the images."""
        self._model.partial_fit(*order, classes=range(10))

    def accuracy(self):
        """Of the network with ReLU."""
        return self._model.score(self.job.scaled(self.job.test_pixels), self.job.test_labels)


if __name__ == '__main__':
    protocol.serve(Sklearn)
