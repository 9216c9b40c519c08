#!/usr/bin/env python3
# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""Runs a program on a terminal: `on_terminal.py PROGRAM [ARGUMENT ...]`.

What is read from stdin is typed there, and what the terminal shows is written to stdout.
"""

import os
import pty
import sys

sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))
