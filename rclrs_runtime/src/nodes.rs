// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! The nodes of this process.

use crate::lock;
use rclrs::{Node, NodeState};
use std::sync::{Arc, Mutex, Weak};

static NODES: Mutex<Vec<Weak<NodeState>>> = Mutex::new(Vec::new());

/// Adds a node that was created.
pub fn register(node: &Node) {
    let mut nodes = lock(&NODES);
    nodes.retain(|node| node.strong_count() > 0);
    nodes.push(Arc::downgrade(node));
}

/// Those that were registered and not dropped since.
pub fn all() -> Vec<Node> {
    let nodes = lock(&NODES);
    nodes.iter().filter_map(Weak::upgrade).collect()
}
