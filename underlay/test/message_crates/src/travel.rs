// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! Sends values to a peer and back, and the peer's values to the peer and back.
//!
//! Both sides read the same file: for each message, a list of values. For a message type `T` there
//! are four topics. This side publishes its values on `from_rust/T`; the peer compares what it
//! receives with the file, and publishes it on `back_to_rust/T`; this side compares that with what
//! it sent. `from_python/T` and `back_to_python/T` do the same the other way round. A service is
//! called with the values of its request and answers with those of its response, once with the
//! server on each side. An action is used likewise, with its feedback. The peer's servers publish
//! service events, which this side compares as well.
//!
//! Each comparison is a line on stdout, "same NAME" or "different NAME: ...". When all that are
//! expected were made, this side prints "done", and keeps answering the peer until its stdin ends.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Debug;
use std::io::Read;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use futures::StreamExt;
use rclrs::*;
use rosidl_runtime_rs::Message as RosMessage;
use serde::{de::DeserializeOwned, Serialize};
use serde_json::Value;

/// A message that can be compared with its values in the file.
pub trait Comparable: RosMessage + DeserializeOwned + Serialize + PartialEq + Debug {}

impl<T: RosMessage + DeserializeOwned + Serialize + PartialEq + Debug> Comparable for T {}

/// The C-layout form of a message.
type RmwOf<T> = <T as RosMessage>::RmwMsg;

/// The comparisons that are expected, and the ones made.
#[derive(Default)]
struct Tally {
    expected: AtomicUsize,
    made: AtomicUsize,
}

impl Tally {
    fn compare<T: PartialEq + Debug>(&self, what: &str, expected: &T, actual: &T) {
        if expected == actual {
            println!("same {what}");
            self.made.fetch_add(1, Ordering::SeqCst);
        } else {
            self.differ(what, expected, actual);
        }
    }

    fn differ(&self, what: &str, expected: &dyn Debug, actual: &dyn Debug) {
        println!("different {what}: expected {expected:?}, got {actual:?}");
        self.made.fetch_add(1, Ordering::SeqCst);
    }

    fn expect(&self, number: usize) {
        self.expected.fetch_add(number, Ordering::SeqCst);
    }

    fn is_complete(&self) -> bool {
        self.made.load(Ordering::SeqCst) >= self.expected.load(Ordering::SeqCst)
    }
}

/// Everything that is under way.
pub struct Trips {
    node: Node,
    commands: Arc<ExecutorCommands>,
    values: BTreeMap<String, Value>,
    tally: Arc<Tally>,
    /// Publishers, subscriptions, clients and servers, which end when they are dropped.
    alive: Vec<Box<dyn std::any::Any>>,
}

impl Trips {
    /// Returns the values of a message in the file, after some checks that need no peer.
    ///
    /// Both of its forms can be deserialized and serialized, and converted into one another.
    fn values<T>(&self, name: &str) -> Result<Vec<T>, Box<dyn Error>>
    where
        T: Comparable,
        RmwOf<T>: DeserializeOwned + Serialize + PartialEq,
    {
        let values = self
            .values
            .get(name)
            .ok_or_else(|| format!("no values for {name}"))?;
        let parsed: Vec<T> = serde_json::from_value(values.clone())
            .map_err(|error| format!("{name} cannot take its values: {error}"))?;
        let parsed_rmw: Vec<T::RmwMsg> = serde_json::from_value(values.clone())
            .map_err(|error| format!("{name} cannot take its values in C layout: {error}"))?;
        for (value, rmw) in parsed.iter().zip(parsed_rmw) {
            let serialized = serde_json::to_value(value)?;
            let by_reference = T::into_rmw_message(Cow::Borrowed(value)).into_owned();
            let by_value = T::into_rmw_message(Cow::Owned(value.clone())).into_owned();
            let is_consistent = serialized == serde_json::to_value(&rmw)?
                && serde_json::from_value::<T>(serialized)? == *value
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

    /// Sends a message's values to the peer and back, and the peer's ones.
    pub fn message<T>(&mut self, name: &str) -> Result<(), Box<dyn Error>>
    where
        T: Comparable,
        RmwOf<T>: DeserializeOwned + Serialize + PartialEq,
    {
        let values: Vec<T> = self.values(name)?;
        let topic = name.replace('/', "_");
        // What is published before the peer has subscribed must reach it, too.
        let qos = QoSProfile::default()
            .reliable()
            .transient_local()
            .keep_last(100);

        let publisher = self
            .node
            .create_publisher::<T>(format!("from_rust/{topic}").as_str().qos(qos))?;
        for value in &values {
            publisher.publish(value)?;
        }
        let back = self.node.create_subscription(
            format!("back_to_rust/{topic}").as_str().qos(qos),
            self.comparison(format!("{name} (Rust to Python to Rust)"), values.clone()),
        )?;

        let echo = self
            .node
            .create_publisher::<T>(format!("back_to_python/{topic}").as_str().qos(qos))?;
        let echo_in_callback = Arc::clone(&echo);
        let compare = self.comparison(format!("{name} (Python to Rust)"), values);
        let received = self.node.create_subscription(
            format!("from_python/{topic}").as_str().qos(qos),
            move |message: T| {
                let sent = echo_in_callback.publish(&message);
                compare(message);
                sent.expect("the message can be published");
            },
        )?;
        self.alive.push(Box::new((publisher, back, echo, received)));
        Ok(())
    }

    /// Returns a callback that looks for each message it gets among those that are still expected.
    ///
    /// They may come in any order: DDS keeps order only within an instance, which is what the
    /// messages with the same values in their `@key` fields belong to.
    fn comparison<T: PartialEq + Debug + Send + 'static>(
        &self,
        what: String,
        expected: Vec<T>,
    ) -> impl Fn(T) + Send + Sync + 'static {
        self.tally.expect(expected.len());
        let tally = Arc::clone(&self.tally);
        let outstanding = Mutex::new(expected);
        move |message: T| {
            let mut outstanding = outstanding.lock().expect("no comparison panics");
            match outstanding.iter().position(|value| *value == message) {
                Some(found) => {
                    let value = outstanding.swap_remove(found);
                    tally.compare(&what, &value, &message);
                }
                None => tally.differ(&what, &outstanding, &message),
            }
        }
    }

    /// Calls the peer's service with each request, and answers the peer's calls.
    pub fn service<S>(&mut self, name: &str) -> Result<(), Box<dyn Error>>
    where
        S: rosidl_runtime_rs::Service,
        S::Request: Comparable,
        S::Response: Comparable,
        RmwOf<S::Request>: DeserializeOwned + Serialize + PartialEq,
        RmwOf<S::Response>: DeserializeOwned + Serialize + PartialEq,
    {
        let requests: Vec<S::Request> = self.values(&format!("{name}_Request"))?;
        let responses: Vec<S::Response> = self.values(&format!("{name}_Response"))?;
        let topic = name.replace('/', "_");

        let compare = self.comparison(format!("{name}_Request (Python to Rust)"), requests.clone());
        let (expected, answers) = (requests.clone(), responses.clone());
        let server = self.node.create_service::<S, _>(
            format!("rust_server/{topic}").as_str(),
            move |request: S::Request| {
                let number = expected
                    .iter()
                    .position(|value| *value == request)
                    .unwrap_or(0);
                compare(request);
                answers[number].clone()
            },
        )?;

        self.tally.expect(responses.len());
        let client = self
            .node
            .create_client::<S>(format!("python_server/{topic}").as_str())?;
        let (tally, name) = (Arc::clone(&self.tally), name.to_owned());
        let caller = Arc::clone(&client);
        // Its promise is of no use: the tally tells when it is done.
        drop(self.commands.run(async move {
            caller
                .notify_on_service_ready()
                .await
                .expect("the service comes up");
            for (request, response) in requests.iter().zip(&responses) {
                let answer: S::Response = caller
                    .call(request)
                    .expect("the request can be sent")
                    .await
                    .expect("a response");
                tally.compare(
                    &format!("{name}_Response (Python to Rust)"),
                    response,
                    &answer,
                );
            }
        }));
        self.alive.push(Box::new((server, client)));
        Ok(())
    }

    /// Compares the events that the peer's server of a service publishes, all but their `info`.
    pub fn event<E>(&mut self, service: &str) -> Result<(), Box<dyn Error>>
    where
        E: Comparable,
        RmwOf<E>: DeserializeOwned + Serialize + PartialEq,
    {
        let name = format!("{service}_Event");
        let expected: Vec<E> = self.values(&name)?;
        let expected: Vec<Value> = expected.iter().map(content).collect();
        let topic = format!("python_server/{}/_service_event", service.replace('/', "_"));
        let qos = QoSProfile::default()
            .reliable()
            .transient_local()
            .keep_last(100);

        let compare = self.comparison(format!("{name} (Python to Rust)"), expected);
        let subscription = self
            .node
            .create_subscription(topic.as_str().qos(qos), move |event: E| {
                compare(content(&event))
            })?;
        self.alive.push(Box::new(subscription));
        Ok(())
    }

    /// Has the peer reach each goal, and reaches the peer's ones.
    pub fn action<A>(&mut self, name: &str) -> Result<(), Box<dyn Error>>
    where
        A: rosidl_runtime_rs::Action,
        A::Goal: Comparable,
        A::Result: Comparable,
        A::Feedback: Comparable,
        RmwOf<A::Goal>: DeserializeOwned + Serialize + PartialEq,
        RmwOf<A::Result>: DeserializeOwned + Serialize + PartialEq,
        RmwOf<A::Feedback>: DeserializeOwned + Serialize + PartialEq,
    {
        let goals: Vec<A::Goal> = self.values(&format!("{name}_Goal"))?;
        let results: Vec<A::Result> = self.values(&format!("{name}_Result"))?;
        let feedbacks: Vec<A::Feedback> = self.values(&format!("{name}_Feedback"))?;
        let topic = name.replace('/', "_");

        let compare = self.comparison(format!("{name}_Goal (Python to Rust)"), goals.clone());
        let compare = Arc::new(compare);
        let (expected, answers, progress) = (goals.clone(), results.clone(), feedbacks.clone());
        let server = self.node.create_action_server::<A, _>(
            format!("rust_server/{topic}").as_str(),
            move |requested: RequestedGoal<A>| {
                let goal = A::Goal::clone(requested.goal());
                let number = expected
                    .iter()
                    .position(|value| *value == goal)
                    .unwrap_or(0);
                compare(goal);
                let (result, feedback) = (answers[number].clone(), progress[number].clone());
                async move {
                    let executing = requested.accept().execute();
                    executing.publish_feedback(feedback);
                    executing.succeeded_with(result)
                }
            },
        )?;

        self.tally.expect(results.len() + feedbacks.len());
        let client = self
            .node
            .create_action_client::<A>(format!("python_server/{topic}").as_str())?;
        let (tally, name) = (Arc::clone(&self.tally), name.to_owned());
        let caller = Arc::clone(&client);
        // Its promise is of no use: the tally tells when it is done.
        drop(self.commands.run(async move {
            caller
                .notify_on_server_ready()
                .await
                .expect("the action comes up");
            for ((goal, result), feedback) in goals.iter().zip(&results).zip(&feedbacks) {
                let accepted = caller
                    .request_goal(goal.clone())
                    .await
                    .expect("the goal is accepted");
                let mut events = accepted.stream();
                // The feedback and the result come on different topics, so in any order.
                let mut outstanding = 2;
                while outstanding > 0 {
                    match events.next().await.expect("the result comes") {
                        GoalEvent::Feedback(actual) => {
                            let what = format!("{name}_Feedback (Python to Rust)");
                            tally.compare(&what, feedback, &actual);
                            outstanding -= 1;
                        }
                        GoalEvent::Result((_, actual)) => {
                            let what = format!("{name}_Result (Python to Rust)");
                            tally.compare(&what, result, &actual);
                            outstanding -= 1;
                        }
                        GoalEvent::Status(_) => {}
                    }
                }
            }
        }));
        self.alive.push(Box::new((server, client)));
        Ok(())
    }
}

/// Returns what an event holds of the request and the response; the rest is about time and place.
fn content<E: Serialize>(event: &E) -> Value {
    let mut value = serde_json::to_value(event).expect("it can be serialized");
    value["info"].take();
    value
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
        tally: Arc::default(),
        alive: Vec::new(),
    };
    crate::generated::travel_all(&mut trips)?;

    let tally = Arc::clone(&trips.tally);
    std::thread::spawn(move || {
        while !tally.is_complete() {
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        println!("done");
    });
    // The peer may still need this side's echoes: the test closes stdin when both are done.
    let (sender, receiver) = futures::channel::oneshot::channel::<()>();
    std::thread::spawn(move || {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        let _ = sender.send(());
    });
    executor
        .spin(SpinOptions::default().until_promise_resolved(receiver))
        .first_error()?;
    Ok(())
}
