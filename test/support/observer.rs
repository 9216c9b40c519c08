// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! A node of the test's own that looks at the ROS graph from outside.

use super::{wait_until, Domain, PATIENCE};
use rclrs::{Context, CreateBasicExecutor, Executor, InitOptions, Node};
use std::time::Duration;

/// Sees what any other node sees.
pub struct Observer {
    node: Node,
    _executor: Executor,
}

impl Observer {
    /// Joins `domain` under the hidden name `_observer`.
    pub fn join(domain: &Domain) -> Self {
        let options = InitOptions::new().with_domain_id(Some(domain.id()));
        let context = Context::new([], options).expect("a ROS context");
        let executor = context.create_basic_executor();
        let node = executor.create_node("_observer").expect("a node");
        Self {
            node,
            _executor: executor,
        }
    }

    /// The full names of all nodes but this one, sorted.
    pub fn nodes(&self) -> Vec<String> {
        let names = self.node.get_node_names().expect("node names");
        let mut names: Vec<String> = names
            .into_iter()
            .map(|info| format!("{}/{}", info.namespace.trim_end_matches('/'), info.name))
            .filter(|name| name != "/_observer")
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

    /// Waits until exactly `nodes` are on the graph.
    pub fn wait_for_nodes(&self, nodes: &[&str]) {
        self.wait_for_nodes_within(nodes, PATIENCE);
    }

    /// Waits until exactly `nodes` are on the graph, and fails the test when it takes longer.
    pub fn wait_for_nodes_within(&self, nodes: &[&str], limit: Duration) -> Duration {
        let what = format!("only {nodes:?} on the graph");
        wait_until(&what, limit, || self.nodes() == nodes)
    }
}
