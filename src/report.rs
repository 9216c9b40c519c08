// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! The one place where errors reach the user.

use crate::failure::{self, Failure};
use signal_hook::consts::SIGTERM;
use std::{
    io::Write,
    panic::{self, AssertUnwindSafe, PanicHookInfo},
    process::ExitCode,
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

/// Set when something panicked, whatever the program made of it afterwards.
static PANICKED: AtomicBool = AtomicBool::new(false);

/// Runs a program and turns its outcome into an exit code, with one line on stderr for an error.
pub fn exit_code_of(program: impl FnOnce() -> anyhow::Result<()>) -> ExitCode {
    let main_thread = thread::current().id();
    panic::set_hook(Box::new(move |panic| {
        print(&describe_panic(panic));
        PANICKED.store(true, Ordering::SeqCst);
        if thread::current().id() != main_thread {
            // A panic ends only its own thread, and the rest of the program would wait for it.
            // This makes it leave in good order.
            let _ = signal_hook::low_level::raise(SIGTERM);
        }
    }));
    let outcome = panic::catch_unwind(AssertUnwindSafe(program));
    let code = match outcome {
        Ok(Ok(())) => failure::SUCCESS,
        Ok(Err(_)) if PANICKED.load(Ordering::SeqCst) => failure::OTHER,
        Ok(Err(error)) => {
            print(&one_line(&error));
            error
                .downcast_ref::<Failure>()
                .map_or(failure::OTHER, Failure::exit_code)
        }
        Err(_) => failure::OTHER,
    };
    match PANICKED.load(Ordering::SeqCst) {
        true => ExitCode::from(failure::OTHER),
        false => ExitCode::from(code),
    }
}

/// An error and its causes in one line, without the places in the C sources that rcl adds.
pub fn one_line(error: &anyhow::Error) -> String {
    let mut parts: Vec<String> = Vec::new();
    for cause in error.chain() {
        let text = cause.to_string();
        let text = text.split(", at /").next().unwrap_or_default();
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let text = text.trim_end_matches('.').to_owned();
        if !text.is_empty() && parts.last() != Some(&text) {
            parts.push(text);
        }
    }
    parts.join(": ")
}

fn describe_panic(panic: &PanicHookInfo) -> String {
    let what = panic
        .payload()
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.payload().downcast_ref::<&str>().copied())
        .unwrap_or("no message")
        .replace('\n', " ");
    let place = panic
        .location()
        .map(|place| format!(" at {}:{}", place.file(), place.line()))
        .unwrap_or_default();
    format!("Internal error, please report it: {what}{place}")
}

fn print(line: &str) {
    // `eprintln!` would panic when stderr is closed, and there is nobody left to tell.
    let _ = writeln!(std::io::stderr(), "{line}");
}
