// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! The functions of rcl and rcutils that rclrs 0.8 does not pass on.
//!
//! rclrs links the libraries that they are in. The layouts and signatures are those of
//! `rcl/arguments.h`, `rcl_yaml_param_parser/types.h`, `rcutils/allocator.h` and
//! `rcutils/error_handling.h`, which are the same from Humble to Rolling.

use std::{
    ffi::{c_char, c_int, c_void, CStr, CString},
    mem, ptr,
    sync::OnceLock,
};

/// `rcutils_allocator_t`: only ever handed back to rcl, so that the functions have no types here.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct Allocator {
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
    fn rcl_arguments_get_param_overrides(
        arguments: *const Arguments,
        overrides: *mut *mut Parameters,
    ) -> c_int;
    fn rcl_arguments_fini(arguments: *mut Arguments) -> c_int;
    fn rcl_yaml_node_struct_fini(parameters: *mut Parameters);
}

/// `rcl_variant_t` of `rcl_yaml_param_parser/types.h`: the pointer to the value is the one that is
/// not null.
#[repr(C)]
struct Variant {
    bool_value: *const bool,
    other_values: [*const c_void; 8],
}

/// `rcl_node_params_t` of the same file.
#[repr(C)]
struct NodeParameters {
    names: *const *const c_char,
    values: *const Variant,
    count: usize,
    capacity: usize,
}

/// `rcl_params_t` of the same file.
#[repr(C)]
struct Parameters {
    node_names: *const *const c_char,
    nodes: *const NodeParameters,
    count: usize,
    capacity: usize,
    allocator: Allocator,
}

/// Arguments as rcl has understood them.
struct Parsed(Arguments);

impl Parsed {
    /// Lets rcl parse arguments; `None` for what it refuses altogether, and for a NUL byte.
    fn parse(arguments: &[String]) -> Option<Self> {
        let owned = arguments
            .iter()
            .map(|argument| CString::new(argument.as_str()))
            .collect::<Result<Vec<_>, _>>()
            .ok()?;
        let count = c_int::try_from(owned.len()).ok()?;
        let pointers: Vec<*const c_char> = owned.iter().map(|argument| argument.as_ptr()).collect();
        // SAFETY: The pointers are valid NUL-terminated strings, as many as `count` says, and
        // outlive the call; rcl copies what it keeps. `parsed` starts zero-initialized, as rcl
        // demands, and is only used after it was filled.
        unsafe {
            let mut parsed = rcl_get_zero_initialized_arguments();
            let allocator = rcutils_get_default_allocator();
            if rcl_parse_arguments(count, pointers.as_ptr(), allocator, &mut parsed) != 0 {
                rcutils_reset_error();
                return None;
            }
            Some(Self(parsed))
        }
    }
}

impl Drop for Parsed {
    fn drop(&mut self) {
        // SAFETY: The arguments were filled by rcl, and are not used any more.
        unsafe {
            rcl_arguments_fini(&mut self.0);
        }
    }
}

/// The arguments after `--ros-args` that mean nothing to rcl.
///
/// rcl lets them pass, and leaves it to the client library to complain. rclcpp and rclpy do;
/// rclrs 0.8 does not, so that a misspelt `--ros-args` option would have no effect and no message.
/// Arguments that rcl refuses altogether are none of this function's business: the list is then
/// empty, as it is for an argument with a NUL byte in it.
pub fn unknown_ros_arguments(arguments: &[String]) -> Vec<String> {
    let mut unknown = Vec::new();
    let Some(parsed) = Parsed::parse(arguments) else {
        return unknown;
    };
    // SAFETY: The list that rcl fills has as many indices of `arguments` as it says, and is freed
    // with the allocator it came from.
    unsafe {
        let allocator = rcutils_get_default_allocator();
        let found = rcl_arguments_get_count_unparsed_ros(&parsed.0);
        let mut indices: *mut c_int = ptr::null_mut();
        if found > 0 && rcl_arguments_get_unparsed_ros(&parsed.0, allocator, &mut indices) == 0 {
            for position in 0..found as usize {
                unknown.push(arguments[*indices.add(position) as usize].clone());
            }
            if let Some(deallocate) = allocator.deallocate {
                deallocate(indices.cast(), allocator.state);
            }
        }
    }
    unknown
}

/// Whether the arguments give `parameter`, of any node, a value that is not a bool.
///
/// rclrs 0.8 declares `use_sim_time` for each node, and panics when its value is of another type.
pub fn misgives_bool(arguments: &[String], parameter: &CStr) -> bool {
    let Some(parsed) = Parsed::parse(arguments) else {
        return false;
    };
    let mut overrides: *mut Parameters = ptr::null_mut();
    // SAFETY: rcl leaves the pointer null when there are no parameters, and else lets it point to a
    // copy, whose lists are as long as it says, until it is given back.
    unsafe {
        if rcl_arguments_get_param_overrides(&parsed.0, &mut overrides) != 0 || overrides.is_null()
        {
            rcutils_reset_error();
            return false;
        }
        let mut wrong = false;
        for node in 0..(*overrides).count {
            let node = &*(*overrides).nodes.add(node);
            for index in 0..node.count {
                wrong |= CStr::from_ptr(*node.names.add(index)) == parameter
                    && (*node.values.add(index)).bool_value.is_null();
            }
        }
        rcl_yaml_node_struct_fini(overrides);
        wrong
    }
}

/// A function of rcl that stands behind one of the same name in this program, which the linker
/// prefers.
pub(crate) struct Original<F> {
    name: &'static CStr,
    function: OnceLock<Option<F>>,
}

impl<F: Copy> Original<F> {
    /// Names the function; it is looked up when it is asked for.
    ///
    /// # Safety
    ///
    /// `F` has to be the type of the function, `unsafe extern "C" fn`.
    pub(crate) const unsafe fn new(name: &'static CStr) -> Self {
        Self {
            name,
            function: OnceLock::new(),
        }
    }

    /// The function; `None` where no library has it, which cannot happen to one that rclrs calls.
    pub(crate) fn get(&self) -> Option<F> {
        // SAFETY: The name is NUL-terminated, and looking it up runs nothing. An address and an
        // optional function are the same to C, and `new` was promised the type.
        *self.function.get_or_init(|| unsafe {
            let address = libc::dlsym(libc::RTLD_NEXT, self.name.as_ptr());
            mem::transmute_copy::<*mut c_void, Option<F>>(&address)
        })
    }
}

/// `RCL_RET_ERROR` of `rcl/types.h`.
pub(crate) const ERROR: c_int = 1;

/// Clears the error that the last rcl call on this thread left behind.
///
/// rcl complains on stderr, in several lines, when an error replaces one that nobody read. rclrs
/// reads them all but those of its graph queries by node.
pub fn forget_last_error() {
    // SAFETY: The function has no preconditions; the error state belongs to this thread.
    unsafe { rcutils_reset_error() }
}
