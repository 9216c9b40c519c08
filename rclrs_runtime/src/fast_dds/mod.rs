// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! What only Fast DDS needs. With another middleware, nothing here has an effect.
//!
//! Each file works around one behaviour of Fast DDS, which `docs/upstream.md` describes with version
//! and source line, and says when it can be deleted.

pub mod deadlock_watch;
pub mod event_threads;
pub mod node_creation;
pub mod port_files;

/// Whether Fast DDS is the middleware of this process, or it is not known which one is.
fn is_in_use() -> bool {
    crate::ffi::middleware().is_none_or(|name| name.starts_with("rmw_fastrtps"))
}
