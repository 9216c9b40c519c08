// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! The service client in this process, with services in Python. More about servers that leave is in the
//! tests of rust_add_two_ints, test/lost_servers.rs.

use crate::{
    executor::{executor_with_node, spin_until},
    programs::{example, peer},
};
use futures_lite::future;
use rclrs::CreateBasicExecutor;
use rclrs_runtime::{Error, ServiceClient};
use ros_env::example_interfaces::srv::{SetBool, SetBool_Request, SetBool_Response};
use std::{thread, time::Duration};
use test_support::{in_own_process, skip_without, Domain, Feature};

const TRUE: SetBool_Request = SetBool_Request { data: true };

/// Waits for a service, and calls it once.
async fn call(client: &ServiceClient<SetBool>) -> Result<SetBool_Response, Error> {
    client.wait_for_service(None).await?;
    client.call(TRUE).await
}

#[test]
fn several_calls_are_in_flight_at_once() {
    let (domain, mut executor, node) = executor_with_node();
    let _service = peer(&domain, "negate_service.py", &[]);
    let client = ServiceClient::<SetBool>::new(&node, "negate").expect("a client");
    spin_until(&mut executor, async move {
        client.wait_for_service(None).await.expect("a service");
        let calls = [true, false, true, false].map(|data| {
            let response = client.call(SetBool_Request { data });
            async move { (data, response.await.expect("a response").success) }
        });
        let [a, b, c, d] = calls;
        let results = future::zip(future::zip(a, b), future::zip(c, d)).await;
        let expected = |data: bool| (data, !data);
        assert_eq!(results.0, (expected(true), expected(false)));
        assert_eq!(results.1, (expected(true), expected(false)));
    });
}

#[test]
fn any_executor_of_rclrs_runs_a_client() {
    let domain = Domain::claim();
    let _service = peer(&domain, "negate_service.py", &[]);
    let mut executor = domain.context(&[]).create_basic_executor();
    let node = executor.create_node("basic_client").expect("a node");
    let client = ServiceClient::<SetBool>::new(&node, "negate").expect("a client");
    let response = spin_until(&mut executor, async move { call(&client).await });
    assert!(!response.expect("a response").success);
}

#[test]
fn the_service_name_is_the_full_name_after_remapping() {
    let domain = Domain::claim();
    let context = domain.context(&["-r", "negate:=opposite", "-r", "__ns:=/robot1"]);
    let executor = context.create_basic_executor();
    let node = executor.create_node("remapped_client").expect("a node");
    let client = ServiceClient::<SetBool>::new(&node, "negate").expect("a client");
    assert_eq!(client.service_name(), "/robot1/opposite");
}

#[test]
fn a_waiting_client_wakes_up_a_few_times_a_second() {
    let domain = Domain::claim();
    let mut client = example(&domain, "client", &["true"]);
    client.wait_for_log("service not available");
    let times_put_to_sleep = || {
        let main_thread = client
            .info()
            .task_main_thread()
            .and_then(|main| main.status());
        let status = main_thread.expect("a process that runs");
        status.voluntary_ctxt_switches.expect("a count")
    };
    let before = times_put_to_sleep();
    thread::sleep(Duration::from_secs(5));
    let rounds = times_put_to_sleep() - before;
    // A graph query that ends the next wait, and so leads to another query, had 100 a second.
    assert!(rounds < 100, "the client woke up {rounds} times in 5 s");
}

#[test]
fn a_waiting_client_needs_no_more_memory_after_a_while() {
    in_own_process(|| {
        // mallinfo2 counts the first arena of glibc, which then serves each thread that starts.
        // SAFETY: The parameter is one of mallopt(3).
        unsafe { libc::mallopt(libc::M_ARENA_MAX, 1) };
        let waiting = thread::spawn(|| {
            let (_domain, mut executor, node) = executor_with_node();
            let client = ServiceClient::<SetBool>::new(&node, "negate").expect("a client");
            spin_until(&mut executor, async move {
                let mut allocated = Vec::new();
                for seconds in [3, 30] {
                    let limit = Duration::from_secs(seconds);
                    let result = client.wait_for_service(Some(limit)).await;
                    result.expect_err("no service");
                    // SAFETY: The function has no preconditions.
                    allocated.push(unsafe { libc::mallinfo2() }.uordblks);
                }
                allocated
            })
        });
        let allocated = waiting.join().expect("a thread without panic");
        // A listener for each poll of the graph needed 4,000 bytes in this time. Some vectors and
        // maps still grow to their capacity.
        assert!(allocated[1] < allocated[0] + 3000, "{allocated:?} bytes");
    })
    .expect_code(0);
}

#[test]
fn waiting_for_a_service_ends_when_no_message_can_arrive() {
    skip_without!(Feature::FastDds);
    in_own_process(|| {
        let (domain, mut executor, node) = executor_with_node();
        let client = ServiceClient::<SetBool>::new(&node, "negate").expect("a client");
        let result = spin_until(&mut executor, async move {
            // Once without a fault, so that the client has listed its port files.
            let limit = Some(Duration::from_secs(3));
            let error = client
                .wait_for_service(limit)
                .await
                .expect_err("no service");
            assert!(matches!(error, Error::NoService { .. }), "{error:?}");
            for port in domain.port_files() {
                std::fs::remove_file(format!("/dev/shm/{port}")).expect("our own port file");
            }
            client.wait_for_service(None).await
        });
        let error = result.expect_err("no service");
        assert!(matches!(error, Error::Unreachable), "{error:?}");
        assert_eq!(error.exit_code(), 75);
    })
    .expect_code(0);
}
