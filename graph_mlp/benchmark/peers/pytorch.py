"""PyTorch, eager or through `torch.compile` (variant 'compile'): its tutorials' loop, on tensors already in memory.

On a GPU the eager step is captured in a CUDA graph and replayed, which is the fastest that PyTorch does there.
"""

import protocol
import torch
from torch import nn

job = protocol.Job()
torch.set_num_threads(job.threads)
activation = {'elu': nn.ELU, 'relu': nn.ReLU, 'tanh': nn.Tanh, 'selu': nn.SELU}[job.config['activation']]
device = 'cuda' if job.device != 'cpu' and torch.cuda.is_available() else 'cpu'
images, labels = torch.from_numpy(job.scaled(job.pixels)).to(device), torch.from_numpy(job.labels).long().to(device)
test_images = torch.from_numpy(job.scaled(job.test_pixels)).to(device)

model = nn.Sequential()
for number, kernel in enumerate(job.kernels(), 1):
    layer = nn.Linear(*kernel.shape)  # which holds the kernel transposed
    layer.load_state_dict({'weight': torch.from_numpy(kernel.T), 'bias': torch.zeros(kernel.shape[1])})
    model.append(layer)
    if number <= len(job.config['hidden_sizes']):
        if job.config['batch_norm']:
            model.append(nn.BatchNorm1d(kernel.shape[1], eps=1e-3, momentum=0.1))
        model.append(activation())
model.to(device)
cross_entropy, optimizer = nn.CrossEntropyLoss(), torch.optim.SGD(model.parameters(), lr=job.config['learning_rate'])


def loss(X, y):
    return cross_entropy(model(X), y)


compiled = torch.compile(loss) if job.variant == 'compile' else loss


def step(X, y):
    optimizer.zero_grad(set_to_none=device == 'cpu')
    compiled(X, y).backward()
    optimizer.step()


def captured():
    """Captures the step in a CUDA graph, after three that are undone; returns the graph and the batch that it reads."""
    X, y = images[: job.config['batch_size']].clone(), labels[: job.config['batch_size']].clone()
    before, stream = {name: value.clone() for name, value in model.state_dict().items()}, torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(3):
            step(X, y)
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step(X, y)
    model.load_state_dict(before)
    return graph, X, y


graph, X, y = captured() if device == 'cuda' and job.variant != 'compile' else (None, None, None)


def epoch(order):
    model.train()
    for rows in order:
        if graph:
            torch.index_select(images, 0, rows, out=X)
            torch.index_select(labels, 0, rows, out=y)
            graph.replay()
        else:
            step(images[rows], labels[rows])
    if device == 'cuda':
        torch.cuda.synchronize()


def accuracy():  # by moving averages
    with torch.no_grad():
        return (model.eval()(test_images).argmax(1).cpu().numpy() == job.test_labels).mean()


job.serve(prepared=lambda number: torch.from_numpy(job.order(number)).to(device), epoch=epoch, accuracy=accuracy)
