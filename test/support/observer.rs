// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! A node of the test's own that looks at the ROS graph from outside.

use super::{wait_until, Domain, PATIENCE};
use rclrs::{
    Context, CreateBasicExecutor, Executor, InitOptions, Node, RclrsErrorFilter, SpinOptions,
};
use ros_env::rcl_interfaces::{
    msg::{Parameter, ParameterType, ParameterValue},
    srv::{SetParameters, SetParameters_Request, SetParameters_Response},
};
use rust_add_two_ints::endpoints::servers_of;
use std::{
    cell::RefCell,
    time::{Duration, Instant},
};

/// Sees what any other node sees.
pub struct Observer {
    // Two participants, because one may come to a standstill (docs/reliability.md) and then see
    // nobody come or go any more.
    eyes: RefCell<Vec<Eye>>,
}

struct Eye {
    node: Node,
    executor: Executor,
}

impl Observer {
    /// Joins `domain` under hidden names.
    pub fn join(domain: &Domain) -> Self {
        // All nodes of this process share one logging system, which wants different names.
        let eyes = ["left", "right"].map(|side| {
            let options = InitOptions::new().with_domain_id(Some(domain.id()));
            let context = Context::new([], options).expect("a ROS context");
            let executor = context.create_basic_executor();
            let name = format!("{OWN_NAMES}{}_{side}", domain.id());
            let node = executor.create_node(&name).expect("a node");
            Eye { node, executor }
        });
        Self {
            eyes: RefCell::new(Vec::from(eyes)),
        }
    }

    /// The full names of the services of a node, sorted.
    pub fn services_of(&self, namespace: &str, name: &str) -> Vec<String> {
        let services = self.eyes.borrow()[0]
            .node
            .get_service_names_and_types_by_node(name, namespace)
            .expect("service names");
        let mut services: Vec<String> = services.into_keys().collect();
        services.sort();
        services
    }

    /// Waits until a node offers `service`, which may be a moment after the node itself is there.
    pub fn wait_for_service_of(&self, namespace: &str, name: &str, service: &str) {
        let what = format!("{service} of {name}");
        wait_until(&what, PATIENCE, || {
            self.services_of(namespace, name)
                .iter()
                .any(|offered| offered == service)
        });
    }

    /// Waits until `service` has exactly `count` servers, whatever the names of their nodes.
    pub fn wait_for_servers(&self, service: &str, count: usize) {
        let what = format!("{count} servers of {service}");
        wait_until(&what, PATIENCE, || {
            servers_of(service, &self.eyes.borrow()[0].node).len() == count
        });
    }

    /// Waits until exactly `nodes` are on the graph.
    pub fn wait_for_nodes(&self, nodes: &[&str]) {
        self.wait_for_nodes_within(nodes, PATIENCE);
    }

    /// Waits until exactly `nodes` are on the graph, and fails the test when it takes longer.
    pub fn wait_for_nodes_within(&self, nodes: &[&str], limit: Duration) {
        let mut eyes = self.eyes.borrow_mut();
        let deadline = Instant::now() + limit;
        while !eyes.iter().any(|eye| eye.nodes() == nodes) {
            let seen: Vec<_> = eyes.iter().map(Eye::nodes).collect();
            assert!(
                Instant::now() < deadline,
                "not only {nodes:?} on the graph after {} s, but {seen:?}",
                limit.as_secs_f64()
            );
            std::thread::sleep(Duration::from_millis(5));
        }
        // One that has not seen them come would have nothing to say when they go.
        let deadline = Instant::now() + PATIENCE;
        while eyes.iter().any(|eye| eye.nodes() != nodes) && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(5));
        }
        let all = std::mem::take(&mut *eyes);
        let (seeing, blind): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|eye| eye.nodes() == nodes);
        *eyes = seeing;
        // To drop one would stand still as well.
        blind.into_iter().for_each(std::mem::forget);
        assert!(!eyes.is_empty(), "{nodes:?} did not stay on the graph");
    }

    /// Sets a string parameter of another node, as `ros2 param set` does, and returns the reason
    /// when the node refuses.
    pub fn set_parameter(&self, node: &str, name: &str, value: &str) -> Result<(), String> {
        let service = format!("{node}/set_parameters");
        let eye = &mut self.eyes.borrow_mut()[0];
        let client = eye.node.create_client::<SetParameters>(&service);
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
        let commands = eye.executor.commands();
        let (mut response, done) = commands.create_notice(response.expect("a request on its way"));
        let options = SpinOptions::new()
            .until_promise_resolved(done)
            .timeout(PATIENCE);
        let errors = eye.executor.spin(options);
        errors.first_error().expect("a reply in time");
        let response = response.try_recv().expect("a reply").expect("a reply");
        match &response.results[..] {
            [result] if result.successful => Ok(()),
            [result] => Err(result.reason.clone()),
            results => panic!("one result for one parameter, not {}", results.len()),
        }
    }
}

/// How the names of all observers begin.
const OWN_NAMES: &str = "_observer_";

impl Eye {
    /// The full names of all nodes but those of observers, sorted.
    fn nodes(&self) -> Vec<String> {
        let names = self.node.get_node_names().expect("node names");
        let mut names: Vec<String> = names
            .into_iter()
            .filter(|info| !info.name.starts_with(OWN_NAMES))
            .map(|info| format!("{}/{}", info.namespace.trim_end_matches('/'), info.name))
            .collect();
        names.sort();
        names
    }
}
