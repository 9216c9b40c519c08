// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! The functions of rcl, rmw and rcutils that rclrs 0.8 does not offer, and the layouts they need.
//!
//! rclrs links the libraries that they are in. Signatures and layouts are those of the headers named
//! beside them, the same from Humble to Kilted unless a `cfg` says otherwise.

use std::{
    ffi::{c_char, c_int, c_void, CStr, CString},
    mem,
    sync::OnceLock,
};

/// `RCL_RET_OK`, `RCL_RET_ERROR` and `RCL_RET_TIMEOUT` of `rcl/types.h`.
pub const OK: c_int = 0;
pub const ERROR: c_int = 1;
pub const TIMEOUT: c_int = 2;

/// A function that is looked up by its name when the program runs: one of rcl, the references to which the
/// linker renames (`--wrap`, ld(1)), or one of rmw, which no program is linked against.
pub struct ByName<F> {
    name: &'static CStr,
    function: OnceLock<Option<F>>,
}

impl<F: Copy> ByName<F> {
    /// The function `name`.
    ///
    /// # Safety
    ///
    /// `F` is the type of a pointer to that function.
    pub const unsafe fn new(name: &'static CStr) -> Self {
        let function = OnceLock::new();
        Self { name, function }
    }

    /// The function; `None` when no library of the process has it.
    pub fn get(&self) -> Option<F> {
        // SAFETY: As the caller of `new` promises.
        *(self.function).get_or_init(|| unsafe { function(self.name) })
    }
}

/// The function `name`; `None` when no library of the process has it.
///
/// # Safety
///
/// `F` is the type of a pointer to that function.
unsafe fn function<F: Copy>(name: &CStr) -> Option<F> {
    // SAFETY: The name is a C string; a function has the size and validity of its address.
    unsafe {
        let address = libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr());
        (!address.is_null()).then(|| mem::transmute_copy(&address))
    }
}

/// `rcutils_allocator_t` of `rcutils/allocator.h`: only handed back to rcl and rmw.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Allocator {
    allocate: *mut c_void,
    pub deallocate: Option<unsafe extern "C" fn(*mut c_void, *mut c_void)>,
    reallocate: *mut c_void,
    zero_allocate: *mut c_void,
    pub state: *mut c_void,
}

/// `rcl_arguments_t` of `rcl/arguments.h`: a pointer to the private part.
#[repr(C)]
pub struct Arguments {
    implementation: *mut c_void,
}

/// `rcl_variant_t` of `rcl_yaml_param_parser/types.h`: the pointer to the value is the one that is
/// not null.
#[repr(C)]
pub struct Variant {
    pub bool_value: *const bool,
    other_values: [*const c_void; 8],
}

/// `rcl_node_params_t` of the same file.
#[repr(C)]
pub struct NodeParameters {
    pub names: *const *const c_char,
    pub values: *const Variant,
    pub count: usize,
    capacity: usize,
}

/// `rcl_params_t` of the same file.
#[repr(C)]
pub struct Parameters {
    node_names: *const *const c_char,
    pub nodes: *const NodeParameters,
    pub count: usize,
    capacity: usize,
    allocator: Allocator,
}

/// `rmw_topic_endpoint_info_t` of `rmw/topic_endpoint_info.h`.
#[repr(C)]
pub struct EndpointInfo {
    pub node_name: *const c_char,
    pub node_namespace: *const c_char,
    pub topic_type: *const c_char,
    /// `rosidl_type_hash_t`.
    #[cfg(not(ros_distro = "humble"))]
    type_hash: [u8; 33],
    endpoint_type: c_int,
    /// `rmw_gid_t` has 24 bytes on Humble, of which no middleware fills more than these.
    pub gid: [u8; 16],
    #[cfg(ros_distro = "humble")]
    gid_rest: [u8; 8],
    pub qos_profile: QosProfile,
}

/// `rcl_get_subscriptions_info_by_topic` of `rcl/graph.h`, and that of the publishers: node, allocator,
/// topic, whether the topic is named as in DDS, endpoints.
pub type GetEndpointsInfo = unsafe extern "C" fn(
    *const c_void,
    *mut Allocator,
    *const c_char,
    bool,
    *mut EndpointInfos,
) -> c_int;

/// `rcl_send_response` of `rcl/service.h`: service, request header, response.
pub type SendResponse = unsafe extern "C" fn(*const c_void, *mut RequestId, *mut c_void) -> c_int;

/// `rmw_request_id_t` of `rmw/types.h`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct RequestId {
    /// The identifier of the client.
    pub client: [u8; 16],
    sequence_number: i64,
}

/// `rmw_topic_endpoint_info_array_t` of `rmw/topic_endpoint_info_array.h`.
#[repr(C)]
pub struct EndpointInfos {
    pub size: usize,
    pub first: *mut EndpointInfo,
}

/// `rmw_qos_profile_t` of `rmw/types.h`.
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub struct QosProfile {
    history: c_int,
    depth: usize,
    reliability: c_int,
    durability: c_int,
    /// Seconds and nanoseconds.
    deadline: [u64; 2],
    lifespan: [u64; 2],
    liveliness: c_int,
    liveliness_lease_duration: [u64; 2],
    avoid_ros_namespace_conventions: bool,
}

/// `rcl_event_callback_t` of `rcl/event_callback.h`: user data, number of new events.
pub type EventCallback = Option<extern "C" fn(*const c_void, usize)>;

/// The functions below that set one: entity, callback, user data.
pub type SetEventCallback =
    unsafe extern "C" fn(*const c_void, EventCallback, *const c_void) -> c_int;

extern "C" {
    // rcutils/allocator.h, rcutils/error_handling.h
    pub fn rcutils_get_default_allocator() -> Allocator;
    pub fn rcutils_reset_error();

    // rcl/arguments.h
    pub fn rcl_get_zero_initialized_arguments() -> Arguments;
    pub fn rcl_parse_arguments(
        argc: c_int,
        argv: *const *const c_char,
        allocator: Allocator,
        arguments: *mut Arguments,
    ) -> c_int;
    pub fn rcl_arguments_get_count_unparsed_ros(arguments: *const Arguments) -> c_int;
    pub fn rcl_arguments_get_unparsed_ros(
        arguments: *const Arguments,
        allocator: Allocator,
        indices: *mut *mut c_int,
    ) -> c_int;
    pub fn rcl_arguments_get_param_overrides(
        arguments: *const Arguments,
        overrides: *mut *mut Parameters,
    ) -> c_int;
    pub fn rcl_arguments_fini(arguments: *mut Arguments) -> c_int;
    // rcl_yaml_param_parser/parser.h
    pub fn rcl_yaml_node_struct_fini(parameters: *mut Parameters);

    // rcl/graph.h
    pub fn rcl_get_publishers_info_by_topic(
        node: *const c_void,
        allocator: *mut Allocator,
        topic: *const c_char,
        is_dds_name: bool,
        infos: *mut EndpointInfos,
    ) -> c_int;
    // rcl/service.h
    pub fn rcl_service_get_service_name(service: *const c_void) -> *const c_char;
    pub fn rcl_service_response_publisher_get_actual_qos(
        service: *const c_void,
    ) -> *const QosProfile;
    pub fn rcl_service_set_on_new_request_callback(
        service: *const c_void,
        callback: EventCallback,
        user_data: *const c_void,
    ) -> c_int;
    // rcl/client.h, rcl/subscription.h
    pub fn rcl_client_set_on_new_response_callback(
        client: *const c_void,
        callback: EventCallback,
        user_data: *const c_void,
    ) -> c_int;
    pub fn rcl_subscription_set_on_new_message_callback(
        subscription: *const c_void,
        callback: EventCallback,
        user_data: *const c_void,
    ) -> c_int;

    // rmw/topic_endpoint_info_array.h
    pub fn rmw_topic_endpoint_info_array_fini(
        infos: *mut EndpointInfos,
        allocator: *mut Allocator,
    ) -> c_int;
}

/// The name of the middleware in use, as in `RMW_IMPLEMENTATION`.
pub fn middleware() -> Option<&'static str> {
    // SAFETY: The type is that of the header, rmw/rmw.h.
    static FUNCTION: ByName<unsafe extern "C" fn() -> *const c_char> =
        unsafe { ByName::new(c"rmw_get_implementation_identifier") };
    let function = FUNCTION.get()?;
    // SAFETY: The function has no preconditions; it returns null, or a string that lives as long as the
    // process.
    let name = unsafe {
        let name = function();
        (!name.is_null()).then(|| CStr::from_ptr(name))
    };
    name?.to_str().ok()
}

/// `RMW_QOS_COMPATIBILITY_ERROR` of `rmw/qos_profiles.h`.
const INCOMPATIBLE: c_int = 2;

/// `rmw_qos_profile_check_compatible` of `rmw/qos_profiles.h`: profile of the publisher, of the
/// subscription, compatibility, reason, size of that.
type CheckCompatible =
    unsafe extern "C" fn(QosProfile, QosProfile, *mut c_int, *mut c_char, usize) -> c_int;

/// Whether a subscription with the second profile receives what a publisher with the first one sends.
pub fn are_compatible(publisher: &QosProfile, subscription: &QosProfile) -> bool {
    // SAFETY: The type is that of the header.
    static CHECK: ByName<CheckCompatible> =
        unsafe { ByName::new(c"rmw_qos_profile_check_compatible") };
    let Some(check) = CHECK.get() else {
        return false;
    };
    let mut compatibility = 0;
    // SAFETY: The function writes to the first pointer alone when there is no room for a reason.
    let code = unsafe {
        check(
            *publisher,
            *subscription,
            &mut compatibility,
            std::ptr::null_mut(),
            0,
        )
    };
    code == OK && compatibility != INCOMPATIBLE
}

/// A copy of a message, made by the functions that rosidl_generator_c generates for its type.
pub struct MessageCopy {
    pub message: *mut c_void,
    destroy: unsafe extern "C" fn(*mut c_void),
}

// SAFETY: The copy owns all that it refers to.
unsafe impl Send for MessageCopy {}

impl MessageCopy {
    /// Copies `message`, whose type has this name in DDS:
    /// `example_interfaces::srv::dds_::AddTwoInts_Response_`. `None` when its package is not linked, and
    /// without memory.
    ///
    /// # Safety
    ///
    /// The message is one of C, and of that type.
    pub unsafe fn new(message_type: &str, message: *const c_void) -> Option<Self> {
        type Create = unsafe extern "C" fn() -> *mut c_void;
        type Copy = unsafe extern "C" fn(*const c_void, *mut c_void) -> bool;
        type Destroy = unsafe extern "C" fn(*mut c_void);

        let prefix = message_type.strip_suffix('_')?.replace("::dds_::", "::");
        let prefix = prefix.replace("::", "__");
        let name = |function| CString::new(format!("{prefix}__{function}")).ok();
        // SAFETY: The types are those of each generated `detail/…__functions.h`. The message is as the
        // caller promises; the new one is initialized.
        unsafe {
            let create: Create = function(&name("create")?)?;
            let copy: Copy = function(&name("copy")?)?;
            let destroy: Destroy = function(&name("destroy")?)?;
            let new = create();
            let new = (!new.is_null()).then_some(Self {
                message: new,
                destroy,
            })?;
            copy(message, new.message).then_some(new)
        }
    }
}

impl Drop for MessageCopy {
    fn drop(&mut self) {
        // SAFETY: The message was created by the function that belongs to this one.
        unsafe { (self.destroy)(self.message) }
    }
}

/// Clears the error that the last call into rcl or rmw on this thread left behind.
///
/// rcl prints several lines on stderr when an error replaces one that was not read.
pub fn reset_error() {
    // SAFETY: The function has no preconditions; the error state belongs to this thread.
    unsafe { rcutils_reset_error() }
}
