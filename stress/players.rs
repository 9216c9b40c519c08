// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! Many players of one of the games in one process, each call counted:
//! `stress_players hangman --players 1000 --calls 20000`.
//!
//! Each player plays games of its own, one after the other, and compares every response with what it knows
//! of its game, so that a response for the game of another player is never taken for the right one. The rules
//! themselves are checked by the tests of the games (`players.py`). `--conduct abandon` begins game after
//! game and plays none; `--conduct hostile` sends names and guesses that no player would type.
//!
//! The server may be killed and restarted meanwhile. A call in flight, or a game that was begun, has to be
//! reported then: by the client, or by the server that knows no such game.
//!
//! The counts are printed as by `stress_caller`, and wrong responses to stderr.

mod counts;

use async_io::Timer;
use clap::{Parser, ValueEnum};
use counts::{make_calls, Caller, Counts, End};
use rand::{
    rngs::StdRng,
    seq::{IndexedRandom, IteratorRandom},
    RngExt, SeedableRng,
};
use rclrs::{ExecutorCommands, IntoNodeOptions, MessageIDL, Node, ServiceIDL};
use rclrs_runtime::{create_node, exit_with, Error, ServiceClient};
use ros_env::tutorial_game_interfaces::{
    msg::{self, Hand, HangmanGame, Outcome, Score},
    srv::{
        rmw, GuessHangman_Response, PlayHand_Response, StartHangman, StartHangman_Request,
        StartHangman_Response,
    },
};
use std::{ffi::c_char, sync::Arc, time::Duration};

/// Plays a game many times and counts the results of the calls.
#[derive(Parser)]
struct Arguments {
    /// The game
    game: GameName,
    /// How many players there are
    #[arg(long, default_value_t = 1)]
    players: u64,
    /// How many calls to make in all [default: no limit]
    #[arg(long)]
    calls: Option<i64>,
    /// How long a call may take before it counts as lost, in seconds
    #[arg(long, default_value_t = 60.0)]
    patience: f64,
    /// Distinguishes the players of several processes, and is the seed of all random choices
    #[arg(long, default_value_t = 1)]
    identity: u64,
    /// How the players behave
    #[arg(long, default_value = "fair")]
    conduct: Conduct,
}

#[derive(Clone, Copy, ValueEnum)]
#[value(rename_all = "snake_case")]
enum GameName {
    RockPaperScissors,
    Hangman,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Conduct {
    Fair,
    Abandon,
    Hostile,
}

fn main() {
    exit_with(|| counts::run(play))
}

/// Lets all players of the process play.
async fn play(
    commands: Arc<ExecutorCommands>,
    arguments: Arguments,
    counts: Arc<Counts>,
) -> anyhow::Result<()> {
    let (identity, conduct) = (arguments.identity, arguments.conduct);
    let random = |number: u64| StdRng::seed_from_u64(identity << 32 | number);
    let name = format!("players_{identity}");
    let node = create_node(&commands, name.as_str().start_parameter_services(false))?;
    let numbers = 0..arguments.players;
    match arguments.game {
        GameName::RockPaperScissors => {
            let client = connect(&node, "play_hand", arguments.patience).await?;
            let player = |number| HandPlayer {
                client: Arc::clone(&client),
                conduct,
                name: format!("{identity} {number}"),
                last: None,
                random: random(number),
            };
            make_calls(&commands, &counts, arguments.calls, numbers.map(player)).await
        }
        GameName::Hangman => {
            let start = connect(&node, "start_hangman", arguments.patience).await?;
            let guess = connect(&node, "guess_hangman", arguments.patience).await?;
            let player = |number| WordPlayer {
                start: Arc::clone(&start),
                guess: Arc::clone(&guess),
                conduct,
                game: None,
                random: random(number),
            };
            make_calls(&commands, &counts, arguments.calls, numbers.map(player)).await
        }
    }
}

/// Connects a client whose calls may take `limit` seconds.
async fn connect<T: ServiceIDL>(
    node: &Node,
    name: &str,
    limit: f64,
) -> Result<Arc<ServiceClient<T>>, Error> {
    let limit = Some(Duration::from_secs_f64(limit));
    let client = ServiceClient::new(node, name)?.with_response_timeout(limit);
    client.wait_for_service(limit).await?;
    Ok(Arc::new(client))
}

/// A player of Rock Paper Scissors.
struct HandPlayer {
    client: Arc<ServiceClient<rmw::PlayHand>>,
    conduct: Conduct,
    name: String,
    /// The last response, when its match goes on.
    last: Option<PlayHand_Response>,
    random: StdRng,
}

impl Caller for HandPlayer {
    async fn call(&mut self, _: i64) -> Result<End, Error> {
        let last = self.last.take();
        let name = match self.conduct {
            Conduct::Fair => self.name.clone().into_bytes(),
            // Of another player each time, so that the server has one more.
            Conduct::Abandon => format!("{:x}", self.random.random::<u128>()).into_bytes(),
            Conduct::Hostile => hostile_text(&mut self.random),
        };
        let mut request = rmw::PlayHand_Request {
            player: "x".repeat(name.len()).as_str().into(),
            match_id: last.as_ref().map_or(0, |last| last.match_id),
            hand: msg::rmw::Hand {
                value: self.random.random_range(Hand::ROCK..=Hand::SCISSORS),
            },
        };
        overwrite(&mut request.player, &name);
        let name = as_delivered(&name);
        let response = PlayHand_Response::from_rmw_message(self.client.call(request).await?);
        match response.status {
            PlayHand_Response::FULL => return Ok(refused().await),
            // The server was restarted.
            PlayHand_Response::UNKNOWN_MATCH if last.is_some() => return Ok(End::Reported),
            _ => {}
        }
        let valid = (1..=64).contains(&name.len()) && !name.contains(char::is_control);
        let right = match valid {
            true => is_next_round(&name, last.as_ref(), &response),
            false => response.status == PlayHand_Response::INVALID_PLAYER,
        };
        let end = judge(right && is_printable(&response.message), || {
            format!("{name:?} got {response:?} after {last:?}")
        });
        let goes_on = response.match_outcome.value == Outcome::UNDECIDED;
        self.last = Some(response).filter(|_| goes_on && self.conduct == Conduct::Fair);
        Ok(end)
    }
}

/// Whether a response is for the player of this name, and its scores count one more round than `last`.
fn is_next_round(
    name: &str,
    last: Option<&PlayHand_Response>,
    response: &PlayHand_Response,
) -> bool {
    let one_more = |score: &Score| {
        let mut score = score.clone();
        match response.outcome.value {
            Outcome::WON => score.won += 1,
            Outcome::LOST => score.lost += 1,
            _ => score.drawn += 1,
        }
        score
    };
    response.status == PlayHand_Response::PLAYED
        && response.message.starts_with(&format!("{name:?}: "))
        && match last {
            Some(last) => {
                response.match_id == last.match_id
                    && response.match_score == one_more(&last.match_score)
                    && response.total_score == one_more(&last.total_score)
            }
            None => response.match_id != 0 && response.match_score == one_more(&Score::default()),
        }
}

/// A player of Hangman.
struct WordPlayer {
    start: Arc<ServiceClient<StartHangman>>,
    guess: Arc<ServiceClient<rmw::GuessHangman>>,
    conduct: Conduct,
    /// The present game.
    game: Option<HangmanGame>,
    random: StdRng,
}

impl Caller for WordPlayer {
    async fn call(&mut self, _: i64) -> Result<End, Error> {
        match self.game.take() {
            Some(game) => self.guess(game).await,
            None => self.begin().await,
        }
    }
}

impl WordPlayer {
    async fn begin(&mut self) -> Result<End, Error> {
        let response = self.start.call(StartHangman_Request::default()).await?;
        if response.status == StartHangman_Response::FULL {
            return Ok(refused().await);
        }
        let game = &response.game;
        let fresh = HangmanGame {
            id: game.id,
            word: "_".repeat(game.word.len()),
            lives: HangmanGame::LIVES,
            ..Default::default()
        };
        let right = response.status == StartHangman_Response::STARTED
            && is_printable(&response.message)
            && game.id != 0
            && !game.word.is_empty()
            && *game == fresh;
        let end = judge(right, || format!("a game began with {response:?}"));
        self.game = Some(response.game).filter(|_| self.conduct != Conduct::Abandon);
        Ok(end)
    }

    async fn guess(&mut self, before: HangmanGame) -> Result<End, Error> {
        let untried = ('a'..='z').filter(|letter| !before.letters.contains(*letter));
        let letter = untried.choose(&mut self.random).unwrap_or('?');
        let guess = match self.conduct {
            Conduct::Hostile => hostile_text(&mut self.random),
            _ => letter.to_string().into_bytes(),
        };
        let mut request = rmw::GuessHangman_Request {
            game_id: before.id,
            guess: "x".repeat(guess.len()).as_str().into(),
        };
        overwrite(&mut request.guess, &guess);
        let response = GuessHangman_Response::from_rmw_message(self.guess.call(request).await?);
        if response.status == GuessHangman_Response::UNKNOWN_GAME {
            // The server was restarted.
            return Ok(End::Reported);
        }
        let right = match self.conduct {
            Conduct::Hostile => {
                response.status == GuessHangman_Response::INVALID_GUESS && response.game == before
            }
            _ => is_after(&before, letter, &response),
        };
        let end = judge(right && is_printable(&response.message), || {
            let guess = as_delivered(&guess);
            format!("after {guess:?} in {before:?} came {response:?}")
        });
        let goes_on = response.game.outcome.value == Outcome::UNDECIDED;
        self.game = Some(response.game).filter(|_| goes_on);
        Ok(end)
    }
}

/// Whether a response has the game that `before` becomes by a letter that was not tried in it.
fn is_after(before: &HangmanGame, letter: char, response: &GuessHangman_Response) -> bool {
    let game = &response.game;
    let hit = game.word.contains(letter);
    let status = match hit {
        true => GuessHangman_Response::HIT,
        false => GuessHangman_Response::MISS,
    };
    let mut letters: Vec<char> = before.letters.chars().chain([letter]).collect();
    letters.sort_unstable();
    response.status == status
        && game.id == before.id
        && game.letters == String::from_iter(letters)
        && game.lives + u8::from(!hit) == before.lives
}

/// Right, or wrong and printed.
fn judge(right: bool, what: impl FnOnce() -> String) -> End {
    if right {
        return End::Right;
    }
    let what: String = what().chars().take(2000).collect();
    eprintln!("wrong: {what}");
    End::Wrong
}

/// Refused by a server that is full: pauses, so that the player does not ask again at once.
async fn refused() -> End {
    Timer::after(Duration::from_millis(200)).await;
    End::Reported
}

/// Whether a message of a server can be printed: it is short, and without control characters.
fn is_printable(message: &str) -> bool {
    (1..1000).contains(&message.len()) && !message.contains(char::is_control)
}

/// Puts bytes into a string of C, which need not be UTF-8.
fn overwrite(string: &mut [c_char], bytes: &[u8]) {
    for (to, from) in string.iter_mut().zip(bytes) {
        *to = *from as c_char;
    }
}

/// The bytes of a string as they are received: a string of C ends at the first zero, and a Rust program
/// replaces what is not UTF-8.
fn as_delivered(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|byte| *byte == 0);
    String::from_utf8_lossy(&bytes[..end.unwrap_or(bytes.len())]).into_owned()
}

/// Text that no player would type. It never begins with a letter, so that it is no guess; it may be a name.
fn hostile_text(random: &mut StdRng) -> Vec<u8> {
    const PIECES: [&[u8]; 16] = [
        b"\0",
        b"7\0b",
        b" \t\r\n",
        b"\x07\x08\x7f",
        b"\x1b[2J\x1b[31m",
        b"\x1b]0;title\x07",
        b"\xc2\x9b31m",
        "\u{202e}evil\u{2066}\u{2069}\u{200f}\u{200b}\u{feff}".as_bytes(),
        "小明 é \u{ff41} \u{212a} e\u{301}\u{301} \u{ffff}\u{10ffff} 👩‍👩‍👧".as_bytes(),
        // An overlong form, half of a surrogate pair, a truncated one, one beyond the last character.
        b"\xc0\x80",
        b"\xed\xa0\x80",
        b"\xe2\x82",
        b"\xf4\x90\x80\x80",
        b"\xff\xfe",
        b"%s%n%x{}{0}{:?}",
        b"$(reboot)`reboot`'; --",
    ];
    let piece = PIECES.choose(random).unwrap_or(&PIECES[0]);
    let length = match random.random_bool(0.02) {
        true => 1_000_000,
        // Around what is allowed.
        false => random.random_range(0..100),
    };
    piece.iter().copied().cycle().take(length).collect()
}
