"""The MNIST perceptron of a 2017 TensorFlow 1 notebook as a graph-mode program.

Read from top to bottom, the rooms follow one image from its file to a figure; each imports only from those above it:

    errors, activations, optimizers     what can go wrong; one table for each kind of thing
    config, tags                        what a run is, and the names that spell it
    data/                               images and labels as NumPy arrays: files, PCA, batches
    plots/                              NumPy arrays to pictures
    graph/                              the network as a TensorFlow 1.x graph; build.py is the page to read first
    store/                              what lies in saves/, how it gets there and is read back
    summaries/                          what TensorBoard reads
    runtime/                            TensorFlow's import, threads, XLA's cache
    session/                            what runs the graph: train, evaluate, restore
    export/                             a trained model as something else: for other programs, or one web page
    analysis/                           what runs left in saves/, compared and judged
    benchmark/                          the same network under other programs
    cli/                                one thin file per command
    guide/                              pages for people
"""

__version__ = '1.4.0'
