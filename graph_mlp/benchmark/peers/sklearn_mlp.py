"""scikit-learn's MLPClassifier: with ReLU, since it has neither batch norm nor ELU, so only its time compares."""

import protocol
from sklearn.neural_network import MLPClassifier

job = protocol.Job()
images, test_images = job.scaled(job.pixels), job.scaled(job.test_pixels)
model = MLPClassifier(
    job.config['hidden_sizes'], solver='sgd', batch_size=job.config['batch_size'], shuffle=False, alpha=0,
    learning_rate_init=job.config['learning_rate'], momentum=0, random_state=job.config['seed'],
)  # fmt: skip
job.serve(
    prepared=lambda number: job.in_order(images, number),
    epoch=lambda data: model.partial_fit(*data, classes=range(10)),
    accuracy=lambda: model.score(test_images, job.test_labels),
)
