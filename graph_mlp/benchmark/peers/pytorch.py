"""PyTorch, eager or through `torch.compile` (variant 'compile'): its tutorials' loop, on tensors already in memory."""

import protocol
import torch
from torch import nn

job = protocol.Job()
torch.set_num_threads(job.threads)
activation = {'elu': nn.ELU, 'relu': nn.ReLU, 'tanh': nn.Tanh, 'selu': nn.SELU}[job.config['activation']]
images, labels = torch.from_numpy(job.scaled(job.pixels)), torch.from_numpy(job.labels).long()
test_images = torch.from_numpy(job.scaled(job.test_pixels))

model = nn.Sequential()
for number, kernel in enumerate(job.kernels(), 1):
    layer = nn.Linear(*kernel.shape)  # which holds the kernel transposed
    layer.load_state_dict({'weight': torch.from_numpy(kernel.T), 'bias': torch.zeros(kernel.shape[1])})
    model.append(layer)
    if number <= len(job.config['hidden_sizes']):
        if job.config['batch_norm']:
            model.append(nn.BatchNorm1d(kernel.shape[1], eps=1e-3, momentum=0.1))
        model.append(activation())
cross_entropy, optimizer = nn.CrossEntropyLoss(), torch.optim.SGD(model.parameters(), lr=job.config['learning_rate'])


def loss(X, y):
    return cross_entropy(model(X), y)


compiled = torch.compile(loss) if job.variant == 'compile' else loss


def epoch(order):
    model.train()
    for rows in order:
        optimizer.zero_grad()
        compiled(images[rows], labels[rows]).backward()
        optimizer.step()


def accuracy():  # by moving averages
    with torch.no_grad():
        return (model.eval()(test_images).argmax(1).numpy() == job.test_labels).mean()


job.serve(prepared=lambda number: torch.from_numpy(job.order(number)), epoch=epoch, accuracy=accuracy)
