// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! Tells the servers of a service apart.
//!
//! Each server reads its requests through an endpoint of its own, which has an identifier that no
//! other endpoint ever gets, in the whole network: a server that is started again has another one.
//! The middleware knows it as soon as it has found the server. The name of the node comes later, and
//! by another way (rmw_fastrtps sends names on a topic), or never; and several nodes may share one.
//!
//! rcl tells the identifiers, for a topic, and for a service when it is asked by the name that the
//! requests have on the network. rclrs 0.8 does not pass on either, and keeps its node to itself. So
//! this file defines the function that rclrs asks, in front of the one in the library of rcl, and
//! takes from the answer what rclrs would leave out. It can go when rclrs tells the identifiers of
//! the servers of a service.

use crate::rcl::{self, Allocator, Original};
use rclrs::NodeState;
use std::{
    cell::RefCell,
    collections::HashMap,
    ffi::{c_char, c_int, c_void, CStr},
};

/// What tells an endpoint from all others: `rmw_gid_t` of `rmw/types.h`.
///
/// It has 24 bytes on Humble, of which the middleware fills no more than these.
pub type Gid = [u8; 16];

/// `rmw_topic_endpoint_info_t` of `rmw/topic_endpoint_info.h`.
#[repr(C)]
struct EndpointInfo {
    /// Name and namespace of the node, type of the topic.
    names: [*const c_char; 3],
    /// `rosidl_type_hash_t`, the same from Jazzy to Rolling.
    #[cfg(not(ros_distro = "humble"))]
    type_hash: [u8; 33],
    endpoint_type: c_int,
    gid: Gid,
    #[cfg(ros_distro = "humble")]
    gid_rest: [u8; 8],
    qos_profile: QosProfile,
}

/// `rmw_qos_profile_t` of `rmw/types.h`, the same from Humble to Rolling.
#[repr(C)]
struct QosProfile {
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

/// `rmw_topic_endpoint_info_array_t` of `rmw/topic_endpoint_info_array.h`.
#[repr(C)]
struct EndpointInfos {
    size: usize,
    first: *const EndpointInfo,
}

extern "C" {
    fn rmw_topic_endpoint_info_array_fini(
        infos: *mut EndpointInfos,
        allocator: *mut Allocator,
    ) -> c_int;
}

/// `rcl_get_subscriptions_info_by_topic` of `rcl/graph.h`: node, allocator, topic, whether the topic
/// is named as it is on the network, endpoints.
type GetSubscriptionsInfo = unsafe extern "C" fn(
    *const c_void,
    *mut Allocator,
    *const c_char,
    bool,
    *mut EndpointInfos,
) -> c_int;

/// What rmw calls a node whose name has not come yet; see `graph_cache.cpp` of rmw_dds_common.
const UNKNOWN: &CStr = c"_NODE_NAME_UNKNOWN_";

/// The servers of a service, each with whether the name of its node is known.
pub type Servers = HashMap<Gid, bool>;

thread_local! {
    /// The endpoints that rcl has told on this thread; `None` when nobody here has asked.
    static TOLD: RefCell<Option<Servers>> = const { RefCell::new(None) };
}

/// The servers of `service`, a full name, as far as the node knows.
///
/// Empty too when the middleware does not carry services on topics of DDS.
pub fn servers_of(service: &str, node: &NodeState) -> Servers {
    TOLD.set(Some(Servers::new()));
    // How rmw calls the topic of the requests; the slash in between is that of the service.
    let asked = node.get_subscriptions_info_by_topic(&format!("rq{service}Request"));
    let told = TOLD.take().unwrap_or_default();
    asked.map(|_| told).unwrap_or_default()
}

/// Answers like the function of this name in rcl, or takes the answer for [`servers_of`].
///
/// # Safety
///
/// That of the original.
#[no_mangle]
unsafe extern "C" fn rcl_get_subscriptions_info_by_topic(
    node: *const c_void,
    allocator: *mut Allocator,
    topic: *const c_char,
    no_mangle: bool,
    infos: *mut EndpointInfos,
) -> c_int {
    // SAFETY: The type is the one that rcl declares.
    static ORIGINAL: Original<GetSubscriptionsInfo> =
        unsafe { Original::new(c"rcl_get_subscriptions_info_by_topic") };
    let Some(original) = ORIGINAL.get() else {
        return rcl::ERROR;
    };
    TOLD.with_borrow_mut(|told| {
        let Some(told) = told else {
            // SAFETY: The caller's promises are handed on as they are.
            return unsafe { original(node, allocator, topic, no_mangle, infos) };
        };
        // SAFETY: As above. After RCL_RET_OK, which is 0, the array is as long as it says. It is
        // given back here, which leaves an empty one, since rclrs 0.8 never does.
        unsafe {
            let outcome = original(node, allocator, topic, true, infos);
            if outcome == 0 {
                for index in 0..(*infos).size {
                    let info = &*(*infos).first.add(index);
                    told.insert(info.gid, CStr::from_ptr(info.names[0]) != UNKNOWN);
                }
                rmw_topic_endpoint_info_array_fini(infos, allocator);
            }
            outcome
        }
    })
}
