// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! The functions of rcl and rcutils that rclrs 0.8 does not pass on.
//!
//! rclrs links the libraries that they are in. The layouts and signatures are those of
//! `rcl/arguments.h`, `rcutils/allocator.h` and `rcutils/error_handling.h`, which are the same
//! from Humble to Rolling.

use std::{
    ffi::{c_char, c_int, c_void, CString},
    ptr,
};

/// `rcutils_allocator_t`: only ever handed back to rcl, so that the functions have no types here.
#[repr(C)]
#[derive(Clone, Copy)]
struct Allocator {
    allocate: *mut c_void,
    deallocate: Option<unsafe extern "C" fn(*mut c_void, *mut c_void)>,
    reallocate: *mut c_void,
    zero_allocate: *mut c_void,
    state: *mut c_void,
}

/// `rcl_arguments_t`: a pointer to what rcl keeps to itself.
#[repr(C)]
struct Arguments {
    implementation: *mut c_void,
}

extern "C" {
    fn rcutils_get_default_allocator() -> Allocator;
    fn rcutils_reset_error();
    fn rcl_get_zero_initialized_arguments() -> Arguments;
    fn rcl_parse_arguments(
        argc: c_int,
        argv: *const *const c_char,
        allocator: Allocator,
        arguments: *mut Arguments,
    ) -> c_int;
    fn rcl_arguments_get_count_unparsed_ros(arguments: *const Arguments) -> c_int;
    fn rcl_arguments_get_unparsed_ros(
        arguments: *const Arguments,
        allocator: Allocator,
        indices: *mut *mut c_int,
    ) -> c_int;
    fn rcl_arguments_fini(arguments: *mut Arguments) -> c_int;
}

/// The arguments after `--ros-args` that mean nothing to rcl.
///
/// rcl lets them pass, and leaves it to the client library to complain. rclcpp and rclpy do;
/// rclrs 0.8 does not, so that a misspelt `--ros-args` option would have no effect and no message.
/// Arguments that rcl refuses altogether are none of this function's business: the list is then
/// empty, as it is for an argument with a NUL byte in it.
pub fn unknown_ros_arguments(arguments: &[String]) -> Vec<String> {
    let Ok(owned) = arguments
        .iter()
        .map(|argument| CString::new(argument.as_str()))
        .collect::<Result<Vec<_>, _>>()
    else {
        return Vec::new();
    };
    let Ok(count) = c_int::try_from(owned.len()) else {
        return Vec::new();
    };
    let pointers: Vec<*const c_char> = owned.iter().map(|argument| argument.as_ptr()).collect();
    let mut unknown = Vec::new();
    // SAFETY: The pointers are valid NUL-terminated strings, as many as `count` says, and outlive
    // the calls; rcl copies what it keeps. `parsed` starts zero-initialized, as rcl demands, and
    // is only used after it was filled. The index list is freed with the allocator it came from.
    unsafe {
        let allocator = rcutils_get_default_allocator();
        let mut parsed = rcl_get_zero_initialized_arguments();
        if rcl_parse_arguments(count, pointers.as_ptr(), allocator, &mut parsed) != 0 {
            rcutils_reset_error();
            return Vec::new();
        }
        let found = rcl_arguments_get_count_unparsed_ros(&parsed);
        let mut indices: *mut c_int = ptr::null_mut();
        if found > 0 && rcl_arguments_get_unparsed_ros(&parsed, allocator, &mut indices) == 0 {
            for position in 0..found as usize {
                unknown.push(arguments[*indices.add(position) as usize].clone());
            }
            if let Some(deallocate) = allocator.deallocate {
                deallocate(indices.cast(), allocator.state);
            }
        }
        rcl_arguments_fini(&mut parsed);
    }
    unknown
}

/// Clears the error that the last rcl call on this thread left behind.
///
/// rcl complains on stderr, in several lines, when an error replaces one that nobody read. rclrs
/// reads them all but those of its graph queries by node.
pub fn forget_last_error() {
    // SAFETY: The function has no preconditions; the error state belongs to this thread.
    unsafe { rcutils_reset_error() }
}
