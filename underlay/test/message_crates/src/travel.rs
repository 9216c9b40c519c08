// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! Sends values to a peer in Python, and prints what the peer sends.
//!
//! A file holds a list of values for each message. Those of a message type `T` are published on
//! `from_rust/T`, while the peer publishes its values on `from_python/T`. A service is called with
//! the values of its request and answers with those of its response, once with the server on each
//! side. An action is used likewise, with its feedback. The peer's servers publish service events.
//!
//! Each message that arrives is a line on stdout, its name and its value as JSON. The program runs
//! until a signal ends it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::error::Error;
use std::future::Future;
use std::sync::{Arc, Mutex};

use futures::StreamExt;
use rclrs::*;
use serde::{de::DeserializeOwned, Serialize};
use serde_json::Value;

/// A message that can be read from the file and printed, in both of its forms.
pub trait Traveller:
    rosidl_runtime_rs::Message<RmwMsg: DeserializeOwned + Serialize + PartialEq>
    + DeserializeOwned
    + Serialize
    + PartialEq
{
}

impl<T> Traveller for T where
    T: rosidl_runtime_rs::Message<RmwMsg: DeserializeOwned + Serialize + PartialEq>
        + DeserializeOwned
        + Serialize
        + PartialEq
{
}

fn print(name: &str, message: &impl Serialize) {
    let json = serde_json::to_string(message).expect("it can be serialized");
    println!("{name} {json}");
}

/// Returns a function that returns the values in turn.
fn in_turn<T: Clone>(values: Vec<T>) -> impl Fn() -> T {
    let values = Mutex::new(values.into_iter().cycle());
    move || {
        let mut values = values.lock().expect("no thread panics");
        values.next().expect("there is a value")
    }
}

/// Everything that is under way.
pub struct Trips {
    node: Node,
    commands: Arc<ExecutorCommands>,
    values: BTreeMap<String, Value>,
    /// Publishers, subscriptions, clients and servers, which end when they are dropped.
    alive: Vec<Box<dyn std::any::Any>>,
}

impl Trips {
    /// Returns the values of a message in the file, after some checks that need no peer.
    ///
    /// Both of its forms can be deserialized and serialized, and converted into one another.
    fn values<T: Traveller>(&self, name: &str) -> Result<Vec<T>, Box<dyn Error>> {
        let values = self.values.get(name).ok_or("no values")?;
        let parsed: Vec<T> = serde_json::from_value(values.clone())?;
        let parsed_rmw: Vec<T::RmwMsg> = serde_json::from_value(values.clone())?;
        for (value, rmw) in parsed.iter().zip(parsed_rmw) {
            let by_reference = T::into_rmw_message(Cow::Borrowed(value)).into_owned();
            let by_value = T::into_rmw_message(Cow::Owned(value.clone())).into_owned();
            let is_consistent = serde_json::to_value(value)? == serde_json::to_value(&rmw)?
                && by_reference == rmw
                && by_value == rmw
                && rmw.clone() == rmw
                && T::from_rmw_message(rmw) == *value;
            if !is_consistent {
                return Err(format!("conversions change {name}: {value:?}").into());
            }
        }
        Ok(parsed)
    }

    /// Sends a message's values to the peer, and receives the peer's ones.
    pub fn msg<T: Traveller>(&mut self, name: &'static str) -> Result<(), Box<dyn Error>> {
        let topic = name.replace('/', "_");
        let publisher = self
            .node
            .create_publisher::<T>(format!("from_rust/{topic}").as_str().qos(qos()))?;
        for value in self.values::<T>(name)? {
            publisher.publish(value)?;
        }
        let subscription = self.node.create_subscription(
            format!("from_python/{topic}").as_str().qos(qos()),
            move |message: T| print(name, &message),
        )?;
        self.alive.push(Box::new((publisher, subscription)));
        Ok(())
    }

    /// Calls the peer's service with each request, and answers the peer's calls.
    pub fn srv<S>(&mut self, name: &str) -> Result<(), Box<dyn Error>>
    where
        S: rosidl_runtime_rs::Service<Request: Traveller, Response: Traveller>,
    {
        let topic = name.replace('/', "_");
        let (request_name, response_name) = (format!("{name}_Request"), format!("{name}_Response"));
        let requests = self.values::<S::Request>(&request_name)?;
        let answer = in_turn(self.values::<S::Response>(&response_name)?);

        let server = self.node.create_service::<S, _>(
            format!("rust_server/{topic}").as_str(),
            move |request: S::Request| {
                print(&request_name, &request);
                answer()
            },
        )?;

        let client = self
            .node
            .create_client::<S>(format!("python_server/{topic}").as_str())?;
        self.alive.push(Box::new((server, Arc::clone(&client))));
        self.start(async move {
            client.notify_on_service_ready().await?;
            for request in requests {
                let response: S::Response = client.call(request)?.await?;
                print(&response_name, &response);
            }
            Ok(())
        });
        Ok(())
    }

    /// Receives the events that the peer's server of a service publishes.
    pub fn event<E: Traveller>(&mut self, service: &str) -> Result<(), Box<dyn Error>> {
        let name = format!("{service}_Event");
        let topic = format!("python_server/{}/_service_event", service.replace('/', "_"));
        let subscription = self
            .node
            .create_subscription(topic.as_str().qos(qos()), move |event: E| {
                print(&name, &event)
            })?;
        self.alive.push(Box::new(subscription));
        Ok(())
    }

    /// Has the peer reach each goal, and reaches the peer's ones.
    pub fn action<A>(&mut self, name: &str) -> Result<(), Box<dyn Error>>
    where
        A: rosidl_runtime_rs::Action<Goal: Traveller, Result: Traveller, Feedback: Traveller>,
    {
        let topic = name.replace('/', "_");
        let [goal_name, result_name, feedback_name] =
            ["Goal", "Result", "Feedback"].map(|part| format!("{name}_{part}"));
        let goals = self.values::<A::Goal>(&goal_name)?;
        let result = in_turn(self.values::<A::Result>(&result_name)?);
        let feedback = in_turn(self.values::<A::Feedback>(&feedback_name)?);

        let server = self.node.create_action_server::<A, _>(
            format!("rust_server/{topic}").as_str(),
            move |requested: RequestedGoal<A>| {
                print(&goal_name, &**requested.goal());
                let (result, feedback) = (result(), feedback());
                async move {
                    let executing = requested.accept().execute();
                    executing.publish_feedback(feedback);
                    executing.succeeded_with(result)
                }
            },
        )?;

        let client = self
            .node
            .create_action_client::<A>(format!("python_server/{topic}").as_str())?;
        self.alive.push(Box::new((server, Arc::clone(&client))));
        self.start(async move {
            client.notify_on_server_ready().await?;
            for goal in goals {
                let accepted = client.request_goal(goal).await.ok_or("a refused goal")?;
                let mut events = accepted.stream();
                // The feedback and the result come on different topics, so in any order.
                let mut outstanding = 2;
                while outstanding > 0 {
                    match events.next().await.ok_or("no result")? {
                        GoalEvent::Feedback(feedback) => print(&feedback_name, &feedback),
                        GoalEvent::Result((_, result)) => print(&result_name, &result),
                        GoalEvent::Status(_) => continue,
                    }
                    outstanding -= 1;
                }
            }
            Ok(())
        });
        Ok(())
    }

    /// Runs a client's calls next to everything else.
    fn start<F>(&self, calls: F)
    where
        F: Future<Output = Result<(), Box<dyn Error + Send + Sync>>> + Send + 'static,
    {
        // Its promise is of no use: what it prints tells when it is done.
        drop(self.commands.run(async move {
            if let Err(error) = calls.await {
                eprintln!("message_crates: {error}");
            }
        }));
    }
}

/// What is published before the other side has subscribed must reach it, too.
fn qos() -> QoSProfile {
    QoSProfile::default()
        .reliable()
        .transient_local()
        .keep_last(100)
}

/// Makes all trips with the values in a file.
pub fn run(values: &str) -> Result<(), Box<dyn Error>> {
    let values = serde_json::from_str(&std::fs::read_to_string(values)?)?;
    let mut executor = Context::default_from_env()?.create_basic_executor();
    let node = executor.create_node("message_crates_in_rust")?;
    let mut trips = Trips {
        node,
        commands: Arc::clone(executor.commands()),
        values,
        alive: Vec::new(),
    };
    crate::generated::travel_all(&mut trips)?;
    executor.spin(SpinOptions::default()).first_error()?;
    Ok(())
}
