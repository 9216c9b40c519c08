// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! The DDS endpoints of a service.
//!
//! Each server reads its requests through an endpoint with an identifier (GID) that no other endpoint
//! has; a server that is restarted has another one. The middleware knows it as soon as it has discovered
//! the server. The name of the node follows later (rmw_fastrtps publishes names on a topic), or never; and
//! several nodes may share one. The same holds for the clients.
//!
//! rcl returns the identifiers when it is asked by the name that the topic of the requests or responses has
//! in DDS. rclrs 0.8 has no such query, and keeps its node private (`docs/upstream.md`, 4). So a program may
//! ask its linker (`--wrap`, ld(1)) to let rclrs call the function below in place of the one in rcl.
//! Nothing changes for other libraries of the process, nor for a program that does not ask. To be deleted
//! when rclrs has a query for the endpoints of a service.

use crate::{
    ffi::{
        rcl_get_publishers_info_by_topic, rcutils_get_default_allocator, reset_error,
        rmw_topic_endpoint_info_array_fini, Allocator, ByName, EndpointInfo, EndpointInfos,
        GetEndpointsInfo, QosProfile, ERROR, OK,
    },
    nodes,
};
use rclrs::NodeState;
use std::{
    cell::Cell,
    collections::HashMap,
    ffi::{c_char, c_int, c_void, CStr, CString},
    ptr,
};

/// The identifier of an endpoint.
pub type Gid = [u8; 16];

/// The first bytes of it are, with Fast DDS, those of the participant: of the process.
const PARTICIPANT: std::ops::Range<usize> = 0..12;

/// What is known of an endpoint.
struct Endpoint {
    /// The full name of its node, once it is known.
    node: Option<String>,
    /// Of its messages, as in DDS: `example_interfaces::srv::dds_::AddTwoInts_Response_`.
    message_type: String,
    qos: QosProfile,
}

type Endpoints = HashMap<Gid, Endpoint>;

/// The servers of a service, each with whether the name of its node is known.
pub type Servers = HashMap<Gid, bool>;

/// The name of a node that is not known yet; see `graph_cache.cpp` of rmw_dds_common.
const UNKNOWN_NODE: &CStr = c"_NODE_NAME_UNKNOWN_";

/// The servers of `service`, a full name, that `node` has discovered; `None` for a program that is not
/// linked with `--wrap`, and where rcl cannot tell.
///
/// Empty for a middleware that does not carry services on DDS topics.
pub fn servers_of(service: &str, node: &NodeState) -> Option<Servers> {
    // The slash in between is that of the service.
    let servers = readers(rcl_node(node)?, &format!("rq{service}Request"))?;
    let servers = (servers.into_iter()).map(|(gid, server)| (gid, server.node.is_some()));
    Some(servers.collect())
}

/// What this process has discovered of a client.
pub enum Discovery<'a> {
    /// Nothing: the client has left. Or the program is not linked with `--wrap`.
    Nothing,
    /// That it writes requests, and not yet that it reads responses.
    InPart,
    /// Both, with the quality of service of the reader.
    Complete(&'a QosProfile),
}

/// What the nodes of this process have discovered of those who use a service.
#[derive(Default)]
pub struct ServiceEndpoints {
    request_writers: Endpoints,
    response_readers: Endpoints,
    response_writers: Endpoints,
    /// The full names of the nodes of this process.
    own_nodes: Vec<String>,
}

impl ServiceEndpoints {
    /// For `service`, a full name.
    pub fn of(service: &str) -> Self {
        let mut all = Self::default();
        for node in nodes::all() {
            let Some(pointer) = rcl_node(&node) else {
                continue;
            };
            let (requests, responses) =
                (format!("rq{service}Request"), format!("rr{service}Reply"));
            merge(&mut all.request_writers, writers(pointer, &requests));
            merge(&mut all.response_readers, readers(pointer, &responses));
            merge(&mut all.response_writers, writers(pointer, &responses));
            all.own_nodes.push(node.fully_qualified_name());
        }
        all
    }

    /// What is known of `client`, the identifier in its requests.
    pub fn discovery(&self, client: &Gid) -> Discovery<'_> {
        let is_own = |writer: &Gid| writer[PARTICIPANT] == client[PARTICIPANT];
        match self.response_readers.get(client) {
            Some(reader) => Discovery::Complete(&reader.qos),
            None if self.request_writers.keys().any(is_own) => Discovery::InPart,
            None => Discovery::Nothing,
        }
    }

    /// The type of the responses of the server in this process; `None` when there is none on a node of
    /// [`create_node`](crate::create_node), or when another server has another type.
    pub fn response_type(&self) -> Option<&str> {
        let mut servers = self.response_writers.values();
        let is_own = |server: &Endpoint| {
            (server.node.as_ref()).is_some_and(|node| self.own_nodes.contains(node))
        };
        let own = servers.clone().find(|server| is_own(server))?;
        (servers.all(|server| server.message_type == own.message_type)).then_some(&own.message_type)
    }
}

/// Adds what a node has discovered. It may know an endpoint, and not yet the node that another one knows.
fn merge(all: &mut Endpoints, discovered: Option<Endpoints>) {
    for (gid, endpoint) in discovered.into_iter().flatten() {
        if endpoint.node.is_some() || !all.contains_key(&gid) {
            all.insert(gid, endpoint);
        }
    }
}

/// What [`rcl_node`] asks on this thread.
#[derive(Clone, Copy)]
enum Query {
    None,
    Asked,
    Answered(*const c_void),
}

thread_local! {
    static QUERY: Cell<Query> = const { Cell::new(Query::None) };
}

/// The `rcl_node_t` of `node`, valid for as long as that is.
fn rcl_node(node: &NodeState) -> Option<*const c_void> {
    QUERY.set(Query::Asked);
    let _ = node.get_subscriptions_info_by_topic("");
    match QUERY.replace(Query::None) {
        Query::Answered(node) => Some(node),
        _ => None,
    }
}

/// Answers the query of [`rcl_node`] and, for every other caller, does what the function of rcl does.
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
    if let Query::Asked = QUERY.get() {
        QUERY.set(Query::Answered(node));
        // The array is empty, as rclrs has initialized it.
        return OK;
    }
    match GET_SUBSCRIPTIONS_INFO.get() {
        // SAFETY: The promises of the caller are passed on as they are.
        Some(function) => unsafe { function(node, allocator, topic, is_dds_name, infos) },
        None => ERROR,
    }
}

// SAFETY: The type is that of the header.
static GET_SUBSCRIPTIONS_INFO: ByName<GetEndpointsInfo> =
    unsafe { ByName::new(c"rcl_get_subscriptions_info_by_topic") };

/// The endpoints that read a topic of this name in DDS.
fn readers(node: *const c_void, topic: &str) -> Option<Endpoints> {
    endpoints(GET_SUBSCRIPTIONS_INFO.get()?, node, topic)
}

/// The endpoints that write to a topic of this name in DDS.
fn writers(node: *const c_void, topic: &str) -> Option<Endpoints> {
    endpoints(rcl_get_publishers_info_by_topic, node, topic)
}

fn endpoints(function: GetEndpointsInfo, node: *const c_void, topic: &str) -> Option<Endpoints> {
    let topic = CString::new(topic).ok()?;
    let mut infos = EndpointInfos {
        size: 0,
        first: ptr::null_mut(),
    };
    // SAFETY: The node is one of rclrs, which outlives this call, and rcl asks for an empty array. After
    // RCL_RET_OK, it is as long as it says, until it is freed.
    unsafe {
        let mut allocator = rcutils_get_default_allocator();
        if function(node, &mut allocator, topic.as_ptr(), true, &mut infos) != OK {
            reset_error();
            return None;
        }
        let info = |index| &*infos.first.add(index);
        let text = |text| CStr::from_ptr(text).to_string_lossy();
        let endpoint = |info: &EndpointInfo| Endpoint {
            node: (CStr::from_ptr(info.node_name) != UNKNOWN_NODE).then(|| {
                let namespace = text(info.node_namespace);
                format!(
                    "{}/{}",
                    namespace.trim_end_matches('/'),
                    text(info.node_name)
                )
            }),
            message_type: text(info.topic_type).into_owned(),
            qos: info.qos_profile,
        };
        let endpoints = (0..infos.size).map(info);
        let endpoints = endpoints.map(|info| (info.gid, endpoint(info))).collect();
        rmw_topic_endpoint_info_array_fini(&mut infos, &mut allocator);
        Some(endpoints)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_that_does_not_know_the_name_of_a_server_hides_it_from_no_other() {
        let discovered = |node: Option<&str>| {
            let server = Endpoint {
                node: node.map(str::to_owned),
                message_type: "AddTwoInts_Response_".to_owned(),
                qos: QosProfile::default(),
            };
            Some(Endpoints::from([([1; 16], server)]))
        };
        for views in [[None, Some("/server")], [Some("/server"), None]] {
            let mut endpoints = ServiceEndpoints {
                own_nodes: vec!["/server".to_owned()],
                ..Default::default()
            };
            for view in views {
                merge(&mut endpoints.response_writers, discovered(view));
            }
            assert_eq!(endpoints.response_type(), Some("AddTwoInts_Response_"));
        }
    }
}
