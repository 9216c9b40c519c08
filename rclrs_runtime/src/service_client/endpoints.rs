// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! Distinguishes the servers of a service.
//!
//! Each server reads its requests through a DDS endpoint with an identifier (GID) that no other
//! endpoint has, in the whole network; a server that is restarted has another one. The middleware
//! knows it as soon as it has discovered the server. The name of the node follows later, and in
//! another way (rmw_fastrtps publishes names on a topic), or never; and several nodes may share one.
//!
//! rcl returns the identifiers, for a topic, and for a service when it is asked by the name that the
//! topic of the requests has in DDS. rclrs 0.8 leaves them out, has no query by such a name, and keeps
//! its node private. So a program may ask its linker (`--wrap`, ld(1)) to let rclrs call the function
//! below in place of the one in rcl. Nothing changes for other libraries of the process, nor for a
//! program that does not ask. To be deleted when rclrs has a query for the servers of a service.

use crate::ffi::{
    rmw_topic_endpoint_info_array_fini, Allocator, EndpointInfos, GetSubscriptionsInfo, Wrapped,
    ERROR, OK,
};
use rclrs::NodeState;
use std::{
    cell::RefCell,
    collections::HashMap,
    ffi::{c_char, c_int, c_void, CStr},
};

/// The identifier of an endpoint.
pub type Gid = [u8; 16];

/// The servers of a service, each with whether the name of its node is known.
pub type Servers = HashMap<Gid, bool>;

/// The name of a node that is not known yet; see `graph_cache.cpp` of rmw_dds_common.
const UNKNOWN_NODE: &CStr = c"_NODE_NAME_UNKNOWN_";

/// What a query of [`servers_of`] has returned on this thread.
enum Query {
    /// There is none.
    None,
    Started,
    Answered(Servers),
}

thread_local! {
    static QUERY: RefCell<Query> = const { RefCell::new(Query::None) };
}

/// The servers of `service`, a full name, that `node` has discovered; `None` for a program that is not
/// linked with `--wrap`, and where rcl cannot tell.
///
/// Empty for a middleware that does not carry services on DDS topics.
pub fn servers_of(service: &str, node: &NodeState) -> Option<Servers> {
    QUERY.set(Query::Started);
    // The topic of the requests; the slash in between is that of the service.
    let _ = node.get_subscriptions_info_by_topic(&format!("rq{service}Request"));
    match QUERY.replace(Query::None) {
        Query::Answered(servers) => Some(servers),
        _ => None,
    }
}

/// Answers the query of [`servers_of`] and, for every other caller, does what the function of rcl does.
///
/// # Safety
///
/// That of `rcl_get_subscriptions_info_by_topic`.
#[no_mangle]
unsafe extern "C" fn __wrap_rcl_get_subscriptions_info_by_topic(
    node: *const c_void,
    allocator: *mut Allocator,
    topic: *const c_char,
    is_dds_name: bool,
    infos: *mut EndpointInfos,
) -> c_int {
    // SAFETY: The type is that of the header.
    static FUNCTION: Wrapped<GetSubscriptionsInfo> =
        unsafe { Wrapped::new(c"rcl_get_subscriptions_info_by_topic") };
    let Some(function) = FUNCTION.get() else {
        return ERROR;
    };
    QUERY.with_borrow_mut(|query| {
        if matches!(query, Query::None) {
            // SAFETY: The promises of the caller are passed on as they are.
            return unsafe { function(node, allocator, topic, is_dds_name, infos) };
        }
        // SAFETY: As above. After RCL_RET_OK, the array is as long as it says. It is freed here, which
        // leaves an empty one: rclrs 0.8 logs an error for each endpoint.
        unsafe {
            let code = function(node, allocator, topic, true, infos);
            if code == OK {
                let infos = &mut *infos;
                let info = |index| &*infos.first.add(index);
                let is_named = |index| CStr::from_ptr(info(index).node_name) != UNKNOWN_NODE;
                let servers = (0..infos.size).map(|index| (info(index).gid, is_named(index)));
                *query = Query::Answered(servers.collect());
                rmw_topic_endpoint_info_array_fini(infos, allocator);
            }
            code
        }
    })
}
