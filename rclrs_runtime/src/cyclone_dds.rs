// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! What only Cyclone DDS needs. With another middleware, nothing here has an effect.

use crate::{ffi, Error};
use rclrs::{RclReturnCode, RclrsError};
use std::env;

/// The variable with the configuration of Cyclone DDS: fragments, a comma between them. Of two values
/// for one setting, the later one counts.
const CONFIGURATION: &str = "CYCLONEDDS_URI";

fn is_in_use() -> bool {
    ffi::middleware() == Some("rmw_cyclonedds_cpp")
}

/// Lets a node exit without a wait for acknowledgments, unless the configuration says otherwise. To be
/// called before the context is created.
///
/// When a node is dropped, rmw announces that on `ros_discovery_info`, and deletes the writer of that
/// topic. Cyclone DDS then waits until each reader has acknowledged what was announced, for which it
/// asks after 0.1 to 0.2 s: `client 2 3` ended that long after its answer. The other participants need
/// no such announcement, because the participant leaves the domain a moment later. Fast DDS does not
/// wait.
///
/// To be deleted when rmw_cyclonedds deletes this writer without a wait.
pub fn exit_without_lingering() {
    if !is_in_use() {
        return;
    }
    let mut fragments =
        "<Internal><WriterLingerDuration>0 s</WriterLingerDuration></Internal>".to_owned();
    if let Some(own) = env::var(CONFIGURATION).ok().filter(|own| !own.is_empty()) {
        fragments = format!("{fragments},{own}");
    }
    // No other thread of this library reads the environment.
    env::set_var(CONFIGURATION, fragments);
}

/// Names the limit of Cyclone DDS where the error of a node that could not be created has no text.
pub fn explain(error: RclrsError) -> Error {
    match error {
        RclrsError::RclError {
            code: RclReturnCode::Error,
            ref msg,
        } if is_in_use()
            && (msg.as_ref()).is_none_or(|msg| msg.to_string().starts_with("error not set")) =>
        {
            Error::Environment(format!(
                "Cyclone DDS refused to create a participant, for the reason above; if it found no free \
                 participant index, end other nodes of this domain, or set, for all of them, \
                 {CONFIGURATION}='<Discovery><MaxAutoParticipantIndex>119</MaxAutoParticipantIndex></Discovery>'"
            ))
        }
        error => error.into(),
    }
}
