# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0

ament_prepend_unique_value LIBRARY_PATH "$AMENT_CURRENT_PREFIX/lib"
