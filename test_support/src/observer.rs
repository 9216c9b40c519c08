// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! A node of the test that observes the ROS graph from outside.

use crate::{is_true_within, wait_until, Domain, PATIENCE};
use rclrs::{CreateBasicExecutor, Executor, Node, RclrsErrorFilter, SpinOptions};
use ros_env::rcl_interfaces::{
    msg::{Parameter, ParameterType, ParameterValue},
    srv::{SetParameters, SetParameters_Request, SetParameters_Response},
};
use std::{cell::RefCell, time::Duration};

/// Sees what any other node sees.
pub struct Observer {
    // Two, because Fast DDS may deadlock below one of them when another participant exits
    // (eProsima/Fast-DDS#6502), which then no longer sees any change.
    participants: RefCell<Vec<Participant>>,
}

struct Participant {
    node: Node,
    executor: Executor,
}

impl Observer {
    /// Joins `domain` with hidden nodes.
    pub fn join(domain: &Domain) -> Self {
        // All nodes of this process share one logging system, which needs different names.
        let participants = ["1", "2"].map(|number| {
            let executor = domain.context(&[]).create_basic_executor();
            let name = format!("_observer_{}_{number}", domain.id());
            let node = executor.create_node(&name).expect("a node");
            Participant { node, executor }
        });
        Self {
            participants: RefCell::new(Vec::from(participants)),
        }
    }

    /// Waits until the node of the full name `node` offers `service`, which may be a moment after the node
    /// was discovered.
    pub fn wait_for_service_of(&self, node: &str, service: &str) {
        let (namespace, name) = node.rsplit_once('/').expect("a full name");
        let namespace = if namespace.is_empty() { "/" } else { namespace };
        let observer = &self.participants.borrow()[0].node;
        wait_until(&format!("{service} of {node}"), PATIENCE, || {
            let services = observer.get_service_names_and_types_by_node(name, namespace);
            services.expect("service names").contains_key(service)
        });
    }

    /// Waits until exactly `nodes` are on the graph, hidden ones aside.
    #[track_caller]
    pub fn wait_for_nodes(&self, nodes: &[&str]) {
        self.wait_for_nodes_within(nodes, PATIENCE);
    }

    /// Waits until exactly `nodes` are on the graph, hidden ones aside, and fails the test when it
    /// takes longer than `limit`.
    #[track_caller]
    pub fn wait_for_nodes_within(&self, nodes: &[&str], limit: Duration) {
        let mut participants = self.participants.borrow_mut();
        let sees = |participant: &Participant| participant.nodes() == nodes;
        assert!(
            is_true_within(limit, || participants.iter().any(sees)),
            "not exactly {nodes:?} on the graph after {} s, but {:?}",
            limit.as_secs_f64(),
            Vec::from_iter(participants.iter().map(Participant::nodes))
        );
        // A participant that has not discovered them could not detect that they leave.
        is_true_within(PATIENCE, || participants.iter().all(sees));
        let all = std::mem::take(&mut *participants);
        let (working, deadlocked): (Vec<_>, Vec<_>) = all.into_iter().partition(sees);
        *participants = working;
        // Dropping one would hang as well.
        deadlocked.into_iter().for_each(std::mem::forget);
        assert!(
            !participants.is_empty(),
            "{nodes:?} did not stay on the graph"
        );
    }

    /// Sets a string parameter of another node, as `ros2 param set` does. Returns the reason when the
    /// node refuses.
    pub fn set_parameter(&self, node: &str, name: &str, value: &str) -> Result<(), String> {
        let service = format!("{node}/set_parameters");
        let participant = &mut self.participants.borrow_mut()[0];
        let client = participant.node.create_client::<SetParameters>(&service);
        let client = client.expect("a client");
        wait_until(&service, PATIENCE, || {
            client.service_is_ready().expect("an answer from rcl")
        });
        let request = SetParameters_Request {
            parameters: vec![Parameter {
                name: name.to_owned(),
                value: ParameterValue {
                    type_: ParameterType::PARAMETER_STRING,
                    string_value: value.to_owned(),
                    ..Default::default()
                },
            }],
        };
        let response = client.call::<_, SetParameters_Response>(&request);
        let commands = participant.executor.commands();
        let (mut response, done) = commands.create_notice(response.expect("a request was sent"));
        let options = SpinOptions::new()
            .until_promise_resolved(done)
            .timeout(PATIENCE);
        let errors = participant.executor.spin(options);
        errors.first_error().expect("a response in time");
        let response = response.try_recv().expect("a response");
        match &response.expect("a response").results[..] {
            [result] if result.successful => Ok(()),
            [result] => Err(result.reason.clone()),
            results => panic!("one result for one parameter, not {}", results.len()),
        }
    }
}

impl Participant {
    /// The full names of all nodes that are not hidden, sorted.
    fn nodes(&self) -> Vec<String> {
        let names = self.node.get_node_names().expect("node names");
        let mut names: Vec<String> = names
            .into_iter()
            .filter(|info| !info.name.starts_with('_'))
            .map(|info| format!("{}/{}", info.namespace.trim_end_matches('/'), info.name))
            .collect();
        names.sort();
        names
    }
}
