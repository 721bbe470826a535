"""Runs `graph-mlp` commands in forked children, so that TensorFlow is imported once for hundreds of kills.

Reads JSON lines {"folder", "arguments", "kill_at", "kill_after"} and answers {"status", "operations"}: the exit
status (-9 after a kill), and how many writes, fsyncs and renames the command made. `kill_at` N sends SIGKILL just
before the Nth of them, `kill_after` that many seconds after the start. Where io_faults.so is preloaded, `fault`
[KIND, N] strikes at the Nth change below the folder's `saves`, and the file `operations` names every one.
"""

import contextlib
import ctypes
import json
import os
import signal
import sys
import threading
import time

# Every call with which the program changes what is on disk raises one of these (PEP 578), but fsync.
CHANGES = {'os.rename', 'os.remove', 'os.link', 'os.mkdir', 'os.rmdir', 'os.chmod', 'os.truncate', 'fcntl.flock'}


def main():
    sys.path.insert(0, sys.argv[1])
    os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
    import sklearn.datasets  # noqa: F401

    import graph_mlp.session.train  # noqa: F401

    print(json.dumps({'ready': True}), flush=True)
    for line in sys.stdin:
        print(json.dumps(run(**json.loads(line))), flush=True)


def run(folder, arguments, kill_at=None, kill_after=None, fault=None):
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        os._exit(command(folder, arguments, kill_at, writing, fault))
    os.close(writing)
    if kill_after is not None:
        threading.Thread(target=kill_later, args=(child, kill_after), daemon=True).start()
    with os.fdopen(reading, 'rb') as counted:
        operations = len(counted.read())
    _, status = os.waitpid(child, 0)
    return {'status': os.waitstatus_to_exitcode(status), 'operations': operations}


def kill_later(child, seconds):
    time.sleep(seconds)
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)


def command(folder, arguments, kill_at, counter, fault):
    os.chdir(folder)
    for number, name in ((1, 'stdout'), (2, 'stderr')):
        os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_APPEND), number)
    done = 0

    def operation():
        nonlocal done
        done += 1
        os.write(counter, b'.')
        if done == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def audit(event, details):
        is_written = event == 'open' and isinstance(details[2], int) and details[2] & (os.O_WRONLY | os.O_RDWR)
        if is_written or event in CHANGES:
            operation()

    real_fsync = os.fsync

    def fsync(descriptor):
        operation()
        real_fsync(descriptor)

    os.fsync = fsync
    sys.addaudithook(audit)
    from graph_mlp.cli.main import main

    if fault is not None:
        log = os.open('operations', os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        ctypes.CDLL(None).io_faults(os.path.abspath('saves').encode(), fault[0], ctypes.c_long(fault[1]), log)
    status = main(arguments)
    sys.stdout.flush()
    return status


if __name__ == '__main__':
    main()
