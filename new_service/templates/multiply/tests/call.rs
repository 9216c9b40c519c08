//! The client gets its response from the server, each in a process of its own.

use std::io;
use std::process::{Command, Stdio, id};
use std::thread::sleep;
use std::time::{Duration, Instant};

#[test]
fn the_client_logs_the_product() -> io::Result<()> {
    // A ROS domain of its own: other nodes on this machine and in the network do not take part.
    let domain = (id() % 101 + 1).to_string();
    let start = |program: &str, arguments: &[&str]| {
        Command::new(program)
            .args(arguments)
            .env("ROS_DOMAIN_ID", &domain)
            .env("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
            .stderr(Stdio::piped())
            .spawn()
    };
    let mut server = start(env!("CARGO_BIN_EXE_server"), &[])?;
    let mut client = start(env!("CARGO_BIN_EXE_client"), &["6", "7"])?;

    let deadline = Instant::now() + Duration::from_secs(60);
    while client.try_wait()?.is_none() && Instant::now() < deadline {
        sleep(Duration::from_millis(10));
    }
    // Also ends a client that waits for ever.
    client.kill()?;
    server.kill()?;
    let (client, server) = (client.wait_with_output()?, server.wait_with_output()?);
    let log = String::from_utf8_lossy(&client.stderr);
    assert!(
        log.contains("6 * 7 = 42"),
        "client: {log}\nserver: {server:?}"
    );
    assert!(client.status.success(), "client: {}", client.status);
    Ok(())
}
