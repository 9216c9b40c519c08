// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! The parameter `service_configure_introspection`: who may listen in on the service.
//!
//! With introspection on, a service publishes an event for each request that it receives and each
//! response that it sends, on the hidden topic `<service>/_service_event`. Look at them with
//!
//! ```text
//! ros2 param set /minimal_service service_configure_introspection contents
//! ros2 service echo /add_two_ints
//! ```
//!
//! `metadata` publishes who called and when, `contents` also what was said, `disabled` nothing.
//! Parameter and values have the names that they have in the introspection demos of ROS 2.

use crate::failure::Failure;
use rclrs::{log_error, log_info, MandatoryParameter, Node, RclrsError, ServiceIDL, WorkerService};
use std::sync::Arc;

/// The name of the parameter.
pub const PARAMETER: &str = "service_configure_introspection";

/// The values that the parameter takes.
pub const VALUES: [&str; 3] = ["disabled", "metadata", "contents"];

/// Declares the parameter on `node` and keeps `service` in step with it from then on.
///
/// The parameter exists for as long as what is returned does.
///
/// # Errors
///
/// [`Failure::Parameter`] when the value given at the start is none of [`VALUES`];
/// [`Failure::Rcl`] when rcl refuses to publish the events.
pub fn configure<T, Payload>(
    node: &Node,
    service: &WorkerService<T, Payload>,
) -> Result<MandatoryParameter<Arc<str>>, Failure>
where
    T: ServiceIDL,
    Payload: 'static + Send + Sync,
{
    let parameter = node
        .declare_parameter::<Arc<str>>(PARAMETER)
        .default("disabled".into())
        .description("What the service publishes on its _service_event topic")
        .constraints(format!("One of {}", VALUES.join(", ")))
        .validate(|value| check(value))
        .mandatory()
        .map_err(|error| {
            Failure::parameter(PARAMETER, &format!("one of {}", VALUES.join(", ")), error)
        })?;
    apply(service, &parameter.get())?;

    // The service owns its callback, the callback the node, and the node this closure: a strong
    // reference here would close the circle, and none of them would ever leave the ROS graph.
    let service = Arc::downgrade(service);
    let logger = node.logger().clone();
    parameter.on_change(move |value| {
        let Some(service) = service.upgrade() else {
            return;
        };
        match apply(&service, value) {
            Ok(()) => log_info!(&logger, "Service introspection is now '{value}'"),
            Err(error) => log_error!(&logger, "Cannot set service introspection: {error}"),
        }
    });
    Ok(parameter)
}

/// Refuses a value with a reason that names those which are allowed.
fn check(value: &str) -> Result<(), String> {
    if !VALUES.contains(&value) {
        return Err(format!("'{value}' is none of {}", VALUES.join(", ")));
    }
    if cfg!(ros_distro = "humble") && value != "disabled" {
        return Err(format!(
            "'{value}' needs ROS 2 Jazzy or later: Humble has no service introspection"
        ));
    }
    Ok(())
}

#[cfg(not(ros_distro = "humble"))]
fn apply<T, Payload>(service: &WorkerService<T, Payload>, value: &str) -> Result<(), RclrsError>
where
    T: ServiceIDL,
    Payload: 'static + Send + Sync,
{
    use rclrs::ServiceIntrospectionState as State;

    service.configure_introspection(match value {
        "metadata" => State::Metadata,
        "contents" => State::Contents,
        _ => State::Off,
    })
}

#[cfg(ros_distro = "humble")]
fn apply<T, Payload>(_: &WorkerService<T, Payload>, _: &str) -> Result<(), RclrsError>
where
    T: ServiceIDL,
    Payload: 'static + Send + Sync,
{
    Ok(())
}
