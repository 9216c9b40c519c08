# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
"""Entry point of `python3 underlay`: asks for a Python that can run the rest.

This file alone is written for any Python 3, so that an old one gets an answer, not a SyntaxError.
"""

# ruff: noqa: RUF005, UP031, UP036

import sys

if sys.version_info < (3, 10):
    sys.exit(
        "underlay: Python 3.10 or newer is needed, and %s is Python %d.%d: "
        "install a newer one and name it, as in 'make demo PYTHON=python3.12'"
        % ((sys.executable or "this",) + tuple(sys.version_info[:2]))
    )

from builder import main  # an older Python could not parse it

sys.exit(main())
