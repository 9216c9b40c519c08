// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! What the server and the client on ros2-client have in common.

// The orders are the same as those of the clients on rclrs, which this package does not link.
#[path = "../../rust/src/orders.rs"]
pub mod orders;

use anyhow::Context as _;
use ros2_client::{
    qos::{Durability, History, WhenFull},
    Context, Message, Name, Node, NodeName, NodeOptions, QosProfile, ServiceTypeName,
};
use rustdds::DomainParticipantBuilder;
use serde::{Deserialize, Serialize};
use std::net::Ipv4Addr;

/// The request of `example_interfaces/srv/AddTwoInts`.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct AddTwoIntsRequest {
    pub a: i64,
    pub b: i64,
}

/// The response of `example_interfaces/srv/AddTwoInts`.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct AddTwoIntsResponse {
    pub sum: i64,
}

impl Message for AddTwoIntsRequest {}
impl Message for AddTwoIntsResponse {}

/// The name, the type and the quality of service of the service.
pub struct Service {
    pub name: Name,
    pub kind: ServiceTypeName,
    pub qos: QosProfile,
}

/// Creates a node, whose spinner runs in the background, and describes the service.
///
/// The node is in the domain of `ROS_DOMAIN_ID` and uses the loopback interface alone, which is what
/// `ROS_AUTOMATIC_DISCOVERY_RANGE=LOCALHOST` means to the others.
pub fn create_node(name: &str) -> anyhow::Result<(Node, Service)> {
    let domain = std::env::var("ROS_DOMAIN_ID").unwrap_or_else(|_| "0".to_owned());
    let domain = domain.parse().context("ROS_DOMAIN_ID is not a number")?;
    let participant = DomainParticipantBuilder::new(domain)
        .with_only_networks([Ipv4Addr::LOCALHOST])
        .build()?;
    let context = Context::from_domain_participant(participant)?;
    let mut node = context.new_node(NodeName::new("/", name)?, NodeOptions::new())?;
    smol::spawn(node.spinner()?.spin()).detach();
    let service = Service {
        name: Name::new("/", "add_two_ints")?,
        kind: ServiceTypeName::new("example_interfaces", "AddTwoInts"),
        // That of services in ROS 2, with a queue as deep as in the package.
        qos: QosProfile::publisher_default()
            .reliability_reliable(WhenFull::DEFAULT)
            .durability(Durability::Volatile)
            .history(History::KeepLast { depth: 10_000 }),
    };
    Ok((node, service))
}
