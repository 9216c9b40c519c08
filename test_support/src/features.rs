// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! What not every ROS 2 has, and how the tests that need it are skipped.

use std::{
    ffi::{c_char, CStr},
    io::Write,
};

/// What a test needs of the machine and the ROS 2 that it runs on.
///
/// This is the one place that decides which tests are skipped; [`skip_without`](crate::skip_without)
/// skips them.
#[derive(Clone, Copy, Debug)]
pub enum Feature {
    /// The middleware is Cyclone DDS.
    CycloneDds,
    /// The middleware is Fast DDS.
    FastDds,
    /// The middleware is a Fast DDS that names its threads, and reads settings for them.
    NamedThreads,
    /// The middleware is Fast DDS, and receives the names of nodes at a port file of its own.
    PortOfNames,
    /// Services publish events about their requests and responses.
    ServiceIntrospection,
    /// Two processors, for this process and those that it starts.
    TwoProcessors,
}

impl Feature {
    /// Why the feature is missing; `None` when it is not.
    pub fn missing(self) -> Option<String> {
        match self {
            Self::CycloneDds => unless_middleware("Cyclone DDS", "rmw_cyclonedds_cpp"),
            Self::FastDds => unless_middleware("Fast DDS", "rmw_fastrtps"),
            Self::NamedThreads => Self::FastDds.missing().or_else(|| {
                is_humble().then(|| "Fast DDS of Humble does not name its threads".to_owned())
            }),
            Self::PortOfNames => Self::FastDds.missing().or_else(|| {
                is_humble().then(|| "Humble has no port file for the names of nodes".to_owned())
            }),
            Self::ServiceIntrospection => {
                is_humble().then(|| "Humble has no service introspection".to_owned())
            }
            Self::TwoProcessors => {
                let processors = std::thread::available_parallelism();
                let one = processors.is_ok_and(|processors| processors.get() == 1);
                one.then(|| "it needs two processors".to_owned())
            }
        }
    }
}

fn unless_middleware(product: &str, prefix: &str) -> Option<String> {
    let middleware = middleware();
    let reason = format!("it is about {product}, and the middleware is {middleware}");
    (!middleware.starts_with(prefix)).then_some(reason)
}

/// Skips a test, with a line that says why, when a [`Feature`] is missing.
///
/// `make test` repeats these lines at its end.
///
/// ```ignore
/// #[test]
/// fn a_port_file_is_deleted() {
///     skip_without!(Feature::FastDds);
///     // What needs Fast DDS.
/// }
/// ```
#[macro_export]
macro_rules! skip_without {
    ($feature:expr) => {
        if let Some(reason) = $feature.missing() {
            fn here() {}
            $crate::print_skipped(std::any::type_name_of_val(&here), &reason);
            return;
        }
    };
}

/// Prints that the test around the function `inner` is skipped.
#[doc(hidden)]
pub fn print_skipped(inner: &str, reason: &str) {
    let test = inner.trim_end_matches("::here");
    let (_, test) = test.split_once("::").unwrap_or(("", test));
    // `println!` would print nothing: a test that passes has no output.
    let _ = writeln!(std::io::stdout(), "skipped: {test}: {reason}");
}

/// The name of the middleware that this process and those that it starts use, as in
/// `RMW_IMPLEMENTATION`.
fn middleware() -> &'static str {
    extern "C" {
        // rmw/rmw.h
        fn rmw_get_implementation_identifier() -> *const c_char;
    }
    // SAFETY: The function has no preconditions; it returns null, or a string that lives as long as the
    // process.
    let name = unsafe {
        let name = rmw_get_implementation_identifier();
        (!name.is_null()).then(|| CStr::from_ptr(name))
    };
    let name = name.and_then(|name| name.to_str().ok());
    name.expect("a middleware that can be loaded")
}

/// Whether the ROS 2 in use is Humble, the oldest that this repository is tested on.
pub fn is_humble() -> bool {
    std::env::var("ROS_DISTRO").is_ok_and(|distro| distro == "humble")
}

/// Whether Fast DDS is 3.2. With it, a participant may miss another one when many start and exit at
/// the same time; `without_type_lookup.xml` names the defect.
pub fn is_kilted() -> bool {
    std::env::var("ROS_DISTRO").is_ok_and(|distro| distro == "kilted")
}
