// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! Service introspection as a parameter of the node.

use crate::Error;
use rclrs::{log_error, log_info, MandatoryParameter, Node, RclrsError, ServiceIDL, WorkerService};
use std::sync::Arc;

/// The name of the parameter.
const PARAMETER: &str = "service_configure_introspection";

/// Its values.
const VALUES: [&str; 3] = ["disabled", "metadata", "contents"];

/// The parameter exists for as long as this does.
pub type IntrospectionParameter = MandatoryParameter<Arc<str>>;

/// Declares the parameter `service_configure_introspection` on `node`, which configures the
/// introspection of `service` from then on.
///
/// With introspection on, a service publishes an event for each request that it receives and each
/// response that it sends, on the hidden topic `<service>/_service_event`. `metadata` publishes the
/// client and the time, `contents` the messages as well, `disabled`, the default, nothing. Parameter
/// and values have the names of the introspection demos of ROS 2. To see the events of a service:
///
/// ```text
/// ros2 param set /minimal_service service_configure_introspection contents
/// ros2 service echo /add_two_ints
/// ```
///
/// # Errors
///
/// [`Error::Parameter`] for another value at the start, on Humble, which has no service introspection, for any
/// but `disabled`, and when the node has this parameter already: it is for one service of a node; [`Error::Rcl`]
/// when rcl refuses to publish the events.
pub fn declare_introspection<T, Payload>(
    node: &Node,
    service: &WorkerService<T, Payload>,
) -> Result<IntrospectionParameter, Error>
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
            Error::parameter(PARAMETER, &format!("one of {}", VALUES.join(", ")), error)
        })?;
    apply(service, &parameter.get())?;

    // The service owns its callback, the callback the node, and the node this closure: a strong
    // reference here would be a cycle, and none of them would ever be dropped.
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

/// Refuses a value with a reason that lists the allowed ones.
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

/// Configures a service. On Humble, `check` lets only `disabled` pass, and rclrs has no such function.
#[cfg_attr(ros_distro = "humble", allow(unused_variables))]
fn apply<T, Payload>(service: &WorkerService<T, Payload>, value: &str) -> Result<(), RclrsError>
where
    T: ServiceIDL,
    Payload: 'static + Send + Sync,
{
    #[cfg(not(ros_distro = "humble"))]
    service.configure_introspection(match value {
        "metadata" => rclrs::ServiceIntrospectionState::Metadata,
        "contents" => rclrs::ServiceIntrospectionState::Contents,
        _ => rclrs::ServiceIntrospectionState::Off,
    })?;
    Ok(())
}
