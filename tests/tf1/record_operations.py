"""Records which operations TensorFlow 1.3 has, with their attributes, for tests/store/test_older_operations.py.

Usage (Python 3.6, tensorflow==1.3.0, protobuf<3.18, numpy<1.17):
    python record_operations.py ../recorded/tensorflow-1.3-operations.txt
"""

import sys

from tensorflow.python.framework import op_def_registry

if __name__ == '__main__':
    with open(sys.argv[1], 'w') as file:
        for name, operation in sorted(op_def_registry.get_registered_ops().items()):
            if not name.startswith('_'):
                file.write(' '.join([name] + sorted(attribute.name for attribute in operation.attr)) + '\n')
