// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! What only Fast DDS needs, on Linux. With another middleware, or elsewhere, nothing here has an
//! effect.
//!
//! Each file works around one behaviour of Fast DDS, which `docs/upstream.md` describes with version
//! and source line, and says when it can be deleted.

#[cfg(target_os = "linux")]
pub mod deadlock_watch;
#[cfg(target_os = "linux")]
pub mod event_threads;
#[cfg(target_os = "linux")]
pub mod node_creation;
#[cfg(target_os = "linux")]
pub mod port_files;

/// Whether Fast DDS is the middleware of this process, or it is not known which one is.
#[cfg(target_os = "linux")]
fn is_in_use() -> bool {
    crate::ffi::middleware().is_none_or(|name| name.starts_with("rmw_fastrtps"))
}

#[cfg(not(target_os = "linux"))]
pub use elsewhere::{deadlock_watch, event_threads, node_creation, port_files};

/// The same functions for systems whose threads and shared memory are not those of Linux.
#[cfg(not(target_os = "linux"))]
mod elsewhere {
    pub mod deadlock_watch {
        pub fn start(_: &std::sync::Arc<rclrs::ExecutorCommands>) {}
    }
    pub mod event_threads {
        pub fn run_timers_after_senders() {}
    }
    pub mod node_creation {
        pub struct PinnedThread;
        impl PinnedThread {
            pub fn pin() -> Option<Self> {
                None
            }
        }
    }
    pub mod port_files {
        pub fn remove_own_segments() {}
        #[derive(Debug, Default)]
        pub struct PortFiles;
        impl PortFiles {
            pub fn are_lost(&mut self) -> bool {
                false
            }
        }
    }
}
