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
use std::time::{Duration, Instant};

/// Sees what any other node sees.
pub struct Observer {
    node: Node,
    own_name: String,
    domain: usize,
    executor: Executor,
}

impl Observer {
    /// Joins `domain` under a hidden name.
    pub fn join(domain: &Domain) -> Self {
        // All nodes of this process share one logging system, which wants different names.
        Self::join_as(&format!("_observer_{}", domain.id()), domain.id())
    }

    fn join_as(name: &str, domain: usize) -> Self {
        let options = InitOptions::new().with_domain_id(Some(domain));
        let context = Context::new([], options).expect("a ROS context");
        let executor = context.create_basic_executor();
        let node = executor.create_node(name).expect("a node");
        Self {
            node,
            own_name: format!("/{name}"),
            domain,
            executor,
        }
    }

    /// Whether Fast DDS has come to a standstill in this node, which docs/reliability.md tells of:
    /// it sees nobody come or go any more.
    fn stands_still(&self) -> bool {
        let name = format!("_newcomer_{}", self.domain);
        let newcomer = Self::join_as(&name, self.domain);
        let deadline = Instant::now() + PATIENCE;
        while !self.nodes().contains(&newcomer.own_name) {
            if Instant::now() > deadline {
                return true;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        false
    }

    /// The full names of all nodes but this one, sorted.
    pub fn nodes(&self) -> Vec<String> {
        let names = self.node.get_node_names().expect("node names");
        let mut names: Vec<String> = names
            .into_iter()
            .map(|info| format!("{}/{}", info.namespace.trim_end_matches('/'), info.name))
            .filter(|name| *name != self.own_name)
            .collect();
        names.sort();
        names
    }

    /// The full names of the services of a node, sorted.
    pub fn services_of(&self, namespace: &str, name: &str) -> Vec<String> {
        let services = self
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
            servers_of(service, &self.node).len() == count
        });
    }

    /// Waits until exactly `nodes` are on the graph.
    pub fn wait_for_nodes(&self, nodes: &[&str]) {
        self.wait_for_nodes_within(nodes, PATIENCE);
    }

    /// Waits until exactly `nodes` are on the graph, and fails the test when it takes longer.
    pub fn wait_for_nodes_within(&self, nodes: &[&str], limit: Duration) {
        let deadline = Instant::now() + limit;
        loop {
            let seen = self.nodes();
            if seen == nodes {
                return;
            }
            if Instant::now() > deadline {
                assert!(
                    self.stands_still(),
                    "not only {nodes:?} on the graph after {} s, but {seen:?}",
                    limit.as_secs_f64()
                );
                println!("This observer stands still, and cannot tell what is on the graph");
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Sets a string parameter of another node, as `ros2 param set` does, and returns the reason
    /// when the node refuses.
    pub fn set_parameter(&mut self, node: &str, name: &str, value: &str) -> Result<(), String> {
        let service = format!("{node}/set_parameters");
        let client = self.node.create_client::<SetParameters>(&service);
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
        let commands = self.executor.commands();
        let (mut response, done) = commands.create_notice(response.expect("a request on its way"));
        let options = SpinOptions::new()
            .until_promise_resolved(done)
            .timeout(PATIENCE);
        let errors = self.executor.spin(options);
        errors.first_error().expect("a reply in time");
        let response = response.try_recv().expect("a reply").expect("a reply");
        match &response.results[..] {
            [result] if result.successful => Ok(()),
            [result] => Err(result.reason.clone()),
            results => panic!("one result for one parameter, not {}", results.len()),
        }
    }
}
