// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! The one place where errors reach the user, and from which the process ends.

use crate::{
    failure::{self, Failure},
    shared_memory,
};
use signal_hook::consts::SIGTERM;
use std::{
    io::Write,
    os::unix::process::CommandExt,
    panic::{self, AssertUnwindSafe, PanicHookInfo},
    process::Command,
    ptr,
    sync::atomic::{AtomicBool, AtomicI32, Ordering},
    thread,
    time::Duration,
};

/// Set when something panicked, whatever the program made of it afterwards.
static PANICKED: AtomicBool = AtomicBool::new(false);

/// Runs a program, and ends the process with the exit code for its outcome, after one line on
/// stderr for an error.
///
/// By then everything that `program` made has been dropped, and nothing of it is left on the ROS
/// graph or in shared memory. Returning from `main` would run the destructors of Fast DDS, which
/// sleep for a tenth of a second, a third of all the time that a short-lived client takes.
pub fn exit_with(program: impl FnOnce() -> anyhow::Result<()>) -> ! {
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
    let code = match panic::catch_unwind(AssertUnwindSafe(program)) {
        Ok(outcome) => {
            if let Some(error) = outcome
                .as_ref()
                .err()
                .filter(|error| !error.is::<Reported>())
            {
                print(&one_line(error));
            }
            code_of(&outcome)
        }
        Err(_) => failure::OTHER,
    };
    exit(code)
}

/// Ends the process without running destructors, once all that was printed is out.
fn exit(code: u8) -> ! {
    flush();
    let code = if PANICKED.load(Ordering::SeqCst) {
        failure::OTHER
    } else {
        code
    };
    // SAFETY: The function has no preconditions.
    unsafe { libc::_exit(code.into()) }
}

/// The same when Fast DDS has not come to an end, and would leave its files behind.
fn exit_by_force(code: u8) -> ! {
    shared_memory::remove_own_files();
    exit(code)
}

/// Writes out what was printed, in Rust and in C.
fn flush() {
    let _ = std::io::stdout().flush();
    // SAFETY: The null pointer stands for all streams of C, to one of which the ROS logs go.
    unsafe {
        libc::fflush(ptr::null_mut());
    }
}

/// Ends the process now, from whatever thread, with a line that asks for another one and the exit
/// code for `failure`.
pub fn give_up(failure: &Failure) -> ! {
    let_it_leave();
    print(&format!("{failure}; start it again"));
    exit_by_force(failure.exit_code())
}

/// Starts the program once more, from whatever thread, in the same process and with the same
/// arguments, after a line that says why.
///
/// The nodes do not say goodbye, so that others see those of before beside those of after it until
/// their lease runs out, 20 seconds later.
pub fn start_anew(failure: &Failure) -> ! {
    let_it_leave();
    print(&format!("{failure}; starting anew"));
    flush();
    shared_memory::remove_own_files();
    close_at_exec();
    let mut arguments = std::env::args_os();
    let mut program = Command::new("/proc/self/exe");
    if let Some(name) = arguments.next() {
        program.arg0(name);
    }
    // This only comes back with an error.
    let error = program.args(arguments).exec();
    print(&format!("Cannot start anew: {error}"));
    exit(failure.exit_code())
}

/// Waits for the end of a program that has begun to leave.
fn let_it_leave() {
    if LEAVING.load(Ordering::SeqCst) {
        thread::sleep(2 * GOODBYE);
    }
}

/// Lets go of sockets and locks when the next program takes over: a library in C may have opened them
/// to be inherited.
fn close_at_exec() {
    let descriptors = std::fs::read_dir("/proc/self/fd").into_iter().flatten();
    for descriptor in descriptors.flatten() {
        let number = descriptor.file_name();
        if let Some(number @ 3..) = number
            .to_str()
            .and_then(|number| number.parse::<i32>().ok())
        {
            // SAFETY: This only sets a flag, or is refused when the file has been closed meanwhile.
            unsafe {
                libc::fcntl(number, libc::F_SETFD, libc::FD_CLOEXEC);
            }
        }
    }
}

/// Makes sure that the program ends well from here on, where all that is left is to take
/// everything down: what `outcome` holds, which this drops, and what the caller holds.
///
/// That can go wrong in two ways, when other nodes come and go at that very moment. Fast DDS 2.14
/// (Jazzy) may never come back from removing a participant: its receiving thread waits for a lock
/// that the removing thread holds, and the removing thread waits for the receiving one (about
/// once in 500 clients that come and go a dozen at a time). Fast DDS 3.2 (Kilted) may crash: the
/// threads of its type lookup go on while their histories are deleted (about once in 200 such
/// clients). The work of the program is done by then. So it reports `outcome` now, and ends with
/// the exit code for it, two seconds later or at the crash, come what may.
pub fn leave_in_time<T>(outcome: anyhow::Result<T>) -> anyhow::Result<()> {
    let code = code_of(&outcome);
    let outcome = outcome.map_err(|error| {
        print(&one_line(&error));
        Reported(code).into()
    });
    LEAVING.store(true, Ordering::SeqCst);
    CODE_AT_CRASH.store(code.into(), Ordering::SeqCst);
    // SAFETY: The handler does nothing but end the process, which is safe in a signal handler.
    unsafe {
        libc::signal(
            libc::SIGSEGV,
            exit_at_crash as *const () as libc::sighandler_t,
        );
    }
    // Without a thread to watch, leaving may take longer, and that is all.
    let _ = thread::Builder::new()
        .name("leaving".to_owned())
        .spawn(move || {
            thread::sleep(GOODBYE);
            exit_by_force(code)
        });
    outcome.map(drop)
}

/// Makes sure that the program leaves when it was told to: when it is not on its way two seconds later,
/// because it stands still somewhere, the process ends as if it had failed with `failure`.
pub fn leave_or_fail(failure: Failure) {
    // Without a thread to watch, the program leaves by itself, or has to be told once more.
    let _ = thread::Builder::new()
        .name("told_to_leave".to_owned())
        .spawn(move || {
            thread::sleep(GOODBYE);
            if !LEAVING.load(Ordering::SeqCst) {
                print(&failure.to_string());
                exit_by_force(failure.exit_code())
            }
        });
}

/// Set when the program has begun to leave.
static LEAVING: AtomicBool = AtomicBool::new(false);

/// The exit code of a program that crashes while it is being taken down.
static CODE_AT_CRASH: AtomicI32 = AtomicI32::new(0);

extern "C" fn exit_at_crash(_signal: libc::c_int) {
    // SAFETY: The function has no preconditions, and may be called in a signal handler.
    unsafe { libc::_exit(CODE_AT_CRASH.load(Ordering::SeqCst)) }
}

/// How long a program may take to leave once its work is done; a tenth of this is usual.
const GOODBYE: Duration = Duration::from_secs(2);

/// An error that the user knows of, and the exit code for it.
#[derive(Debug, thiserror::Error)]
#[error("exit code {0}")]
struct Reported(u8);

fn code_of<T>(outcome: &anyhow::Result<T>) -> u8 {
    match outcome {
        Ok(_) => failure::SUCCESS,
        Err(error) => match (error.downcast_ref(), error.downcast_ref()) {
            (Some(Reported(code)), _) => *code,
            (_, Some(failure)) => Failure::exit_code(failure),
            (None, None) => failure::OTHER,
        },
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
