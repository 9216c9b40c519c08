# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

from collections.abc import Iterator

import pytest
from reader import ServicePageReader
from ros_test_support import Domain


@pytest.fixture(scope="session")
def followed() -> Iterator[ServicePageReader]:
    """A reader at the end of the page, with the workspace that it has built."""
    with Domain() as domain, ServicePageReader(domain) as reader:
        reader.follow()
        yield reader
