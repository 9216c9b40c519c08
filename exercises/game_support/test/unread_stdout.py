#!/usr/bin/env python3
# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""Becomes a program whose stdout is a full pipe: `unread_stdout.py PROGRAM [ARGUMENT ...]`.

The program inherits the other end of the pipe as well, and does not read from it: a write to stdout
blocks for ever.
"""

import contextlib
import os
import sys

reader, writer = os.pipe()
os.set_blocking(writer, False)
with contextlib.suppress(BlockingIOError):
    while True:
        os.write(writer, bytes(4096))
os.set_blocking(writer, True)
os.dup2(writer, sys.stdout.fileno())
os.set_inheritable(reader, True)
os.execv(sys.argv[1], sys.argv[1:])
