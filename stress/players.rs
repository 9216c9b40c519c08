// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! Many players of one of the games in one process, each call counted:
//! `stress_players hangman --players 1000 --calls 20000`.
//!
//! Each player plays games of its own, one after the other, and compares every response with what it knows
//! of its game, so that a response for the game of another player is never taken for the right one. The
//! rules are written here once more, from the definitions of the services: those of the servers are under
//! test. `--conduct abandon` begins game after game and plays none; `--conduct hostile` sends requests that
//! no player should.
//!
//! The server may be killed and restarted meanwhile (`--forgetful`). A call in flight, or a game that was
//! begun, has to be reported then: by the client, or by the server that knows no such game.
//!
//! The counts are printed as by `stress_caller`, and wrong responses to stderr.

mod counts;

use anyhow::Context as _;
use async_io::Timer;
use clap::{Parser, ValueEnum};
use counts::{Counts, End};
use rand::{
    rngs::StdRng,
    seq::{IndexedRandom, SliceRandom},
    RngExt, SeedableRng,
};
use rclrs::{ExecutorCommands, IntoNodeOptions, Node, ServiceIDL};
use rclrs_runtime::{create_node, exit_with, Error, ServiceClient};
use ros_env::tutorial_game_interfaces::{
    msg::{self, Hand, HangmanGame, Outcome, Score},
    srv::{
        rmw, GuessHangman, GuessHangman_Request, GuessHangman_Response, PlayHand, PlayHand_Request,
        PlayHand_Response, StartHangman, StartHangman_Request, StartHangman_Response,
    },
};
use std::{
    future::Future,
    sync::Arc,
    time::{Duration, Instant},
};

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
    /// Whether the server may be restarted meanwhile, and then knows no scores
    #[arg(long)]
    forgetful: bool,
}

#[derive(Clone, Copy, ValueEnum)]
#[value(rename_all = "snake_case")]
enum GameName {
    RockPaperScissors,
    Hangman,
}

#[derive(Clone, Copy, ValueEnum)]
enum Conduct {
    Fair,
    Abandon,
    Hostile,
}

/// One player, who makes one call after the other.
trait Player: Send + 'static {
    /// Makes a call, and checks its response.
    fn turn(&mut self) -> impl Future<Output = End> + Send;
}

/// A client of a service, with a time limit for its calls.
struct Caller<T: ServiceIDL>(ServiceClient<T>);

impl<T: ServiceIDL> Caller<T> {
    async fn connect(node: &Node, name: &str, limit: Duration) -> Result<Arc<Self>, Error> {
        let client = ServiceClient::new(node, name)?.with_response_timeout(Some(limit));
        client.wait_for_service(Some(limit)).await?;
        Ok(Arc::new(Self(client)))
    }

    /// Returns the response, or the result of a call without one.
    async fn call(&self, request: T::Request) -> Result<T::Response, End> {
        self.0.call(request).await.map_err(End::from)
    }
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

/// A player of Rock Paper Scissors.
struct HandPlayer {
    caller: Arc<Caller<PlayHand>>,
    name: String,
    /// The present match, 0 for none.
    match_id: u64,
    match_score: Score,
    /// All rounds; `None` when the last one may have been counted or not.
    total_score: Option<Score>,
    /// Whether the server may have forgotten the rounds before.
    forgetful: bool,
    abandons: bool,
    random: StdRng,
}

impl Player for HandPlayer {
    async fn turn(&mut self) -> End {
        let hand = Hand {
            value: self.random.random_range(Hand::ROCK..=Hand::SCISSORS),
        };
        let request = PlayHand_Request {
            player: self.name.clone(),
            match_id: self.match_id,
            hand: hand.clone(),
        };
        let response = match self.caller.call(request).await {
            Ok(response) => response,
            Err(end) => {
                (self.match_id, self.total_score) = (0, None);
                self.match_score = Score::default();
                return end;
            }
        };
        match response.status {
            PlayHand_Response::FULL => return refused().await,
            // The server was restarted: it knows neither the match nor the score.
            PlayHand_Response::UNKNOWN_MATCH if self.match_id != 0 => {
                (self.match_id, self.total_score) = (0, None);
                self.match_score = Score::default();
                return End::Reported;
            }
            _ => {}
        }
        let end = judge(self.is_right(&hand, &response), || {
            format!("{} with {hand:?} got {response:?}", self.name)
        });
        self.match_score = response.match_score.clone();
        self.total_score = Some(response.total_score.clone());
        self.match_id = response.match_id;
        if response.match_outcome.value != Outcome::UNDECIDED || self.abandons {
            self.match_id = 0;
            self.match_score = Score::default();
        }
        if self.abandons {
            // The next match is that of another player, so that the server has one more.
            self.name = format!("{:x}", self.random.random::<u128>());
            self.total_score = Some(Score::default());
        }
        end
    }
}

impl HandPlayer {
    fn is_right(&self, hand: &Hand, response: &PlayHand_Response) -> bool {
        let outcome = match (3 + hand.value).wrapping_sub(response.hand.value) % 3 {
            0 => Outcome::DRAWN,
            1 => Outcome::WON,
            _ => Outcome::LOST,
        };
        let one_more = |score: &Score| {
            let mut score = score.clone();
            match outcome {
                Outcome::WON => score.won += 1,
                Outcome::LOST => score.lost += 1,
                _ => score.drawn += 1,
            }
            score
        };
        let match_score = one_more(&self.match_score);
        // After a restart between two matches, nothing else shows it.
        let fresh = one_more(&Score::default());
        let total = &response.total_score;
        let total_is_right = match &self.total_score {
            Some(before) => *total == one_more(before) || self.forgetful && *total == fresh,
            None => true,
        };
        let enough = u32::from(response.best_of / 2 + 1);
        let decided = match (match_score.won == enough, match_score.lost == enough) {
            (true, _) => Outcome::WON,
            (_, true) => Outcome::LOST,
            _ => Outcome::UNDECIDED,
        };
        response.status == PlayHand_Response::PLAYED
            && is_printable(&response.message)
            && (Hand::ROCK..=Hand::SCISSORS).contains(&response.hand.value)
            && response.outcome.value == outcome
            && response.match_id != 0
            && (self.match_id == 0 || response.match_id == self.match_id)
            && response.match_score == match_score
            && response.match_outcome.value == decided
            && total_is_right
    }
}

/// A player of Hangman.
struct WordPlayer {
    start: Arc<Caller<StartHangman>>,
    guess: Arc<Caller<GuessHangman>>,
    /// The present game.
    game: Option<HangmanGame>,
    /// The letters that were not tried in it yet.
    untried: Vec<char>,
    abandons: bool,
    random: StdRng,
}

impl Player for WordPlayer {
    async fn turn(&mut self) -> End {
        let Some(before) = self.game.take() else {
            return match begin(&self.start).await {
                Ok(game) => {
                    self.untried = ('a'..='z').collect();
                    self.untried.shuffle(&mut self.random);
                    self.game = Some(game).filter(|_| !self.abandons);
                    End::Right
                }
                Err(end) => end,
            };
        };
        let repeats = !before.letters.is_empty() && self.random.random_bool(0.2);
        let letter = match repeats {
            true => before.letters.chars().next(),
            false => self.untried.pop(),
        };
        let letter = letter.unwrap_or('?');
        // Capital letters and spaces around do not matter.
        let guess = match self.random.random() {
            true => letter.to_string(),
            false => format!(" {} ", letter.to_ascii_uppercase()),
        };
        let request = GuessHangman_Request {
            game_id: before.id,
            guess,
        };
        let response = match self.guess.call(request).await {
            Ok(response) => response,
            Err(end) => return end,
        };
        if response.status == GuessHangman_Response::UNKNOWN_GAME {
            // The server was restarted.
            return End::Reported;
        }
        let end = judge(is_right_after(&before, letter, repeats, &response), || {
            format!("after {letter} in {before:?} came {response:?}")
        });
        let goes_on = response.game.outcome.value == Outcome::UNDECIDED;
        self.game = Some(response.game).filter(|_| goes_on);
        end
    }
}

/// Begins a game of Hangman.
async fn begin(start: &Caller<StartHangman>) -> Result<HangmanGame, End> {
    let response = start.call(StartHangman_Request::default()).await?;
    if response.status == StartHangman_Response::FULL {
        return Err(refused().await);
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
    match judge(right, || format!("a game began with {response:?}")) {
        End::Right => Ok(response.game),
        end => Err(end),
    }
}

fn is_right_after(
    before: &HangmanGame,
    letter: char,
    repeats: bool,
    response: &GuessHangman_Response,
) -> bool {
    let game = &response.game;
    if repeats {
        return response.status == GuessHangman_Response::REPEATED
            && is_printable(&response.message)
            && game == before;
    }
    let over = game.outcome.value != Outcome::UNDECIDED;
    let hit = game.word.contains(letter);
    let mut letters: Vec<char> = before.letters.chars().chain([letter]).collect();
    letters.sort_unstable();
    let tried = |shown: char| letters.contains(&shown);
    let word_is_right = before.word.len() == game.word.len()
        && before
            .word
            .chars()
            .zip(game.word.chars())
            .all(|(then, now)| now == then || then == '_' && (now == letter || over));
    let all_found = game.word.chars().all(tried);
    let outcome = match (all_found, game.lives) {
        (true, _) => Outcome::WON,
        (false, 0) => Outcome::LOST,
        _ => Outcome::UNDECIDED,
    };
    let status = match hit && tried(letter) {
        true => GuessHangman_Response::HIT,
        false => GuessHangman_Response::MISS,
    };
    response.status == status
        && is_printable(&response.message)
        && game.id == before.id
        && game.lives + u8::from(!hit) == before.lives
        && game.letters == letters.iter().collect::<String>()
        && game.words == before.words
        && word_is_right
        && game.outcome.value == outcome
        && over != game.word.contains('_')
}

/// Sends the Rock Paper Scissors server requests that no player should.
struct HostileHandPlayer {
    caller: Arc<Caller<rmw::PlayHand>>,
    random: StdRng,
}

impl Player for HostileHandPlayer {
    async fn turn(&mut self) -> End {
        let text = hostile_text(&mut self.random);
        let mut request = rmw::PlayHand_Request {
            player: blank(text.len()).as_str().into(),
            match_id: *[0, 0, 1, u64::MAX, self.random.random()]
                .choose(&mut self.random)
                .unwrap_or(&0),
            hand: msg::rmw::Hand {
                value: *[0, 1, 2, 3, 4, 255].choose(&mut self.random).unwrap_or(&0),
            },
        };
        overwrite(&mut request.player, &text);
        let name = as_delivered(&text);
        let (match_id, hand) = (request.match_id, request.hand.value);
        let valid = (1..=64).contains(&name.len()) && !name.contains(char::is_control);
        let status = if !valid {
            PlayHand_Response::INVALID_PLAYER
        } else if !(Hand::ROCK..=Hand::SCISSORS).contains(&hand) {
            PlayHand_Response::INVALID_HAND
        } else if match_id != 0 {
            PlayHand_Response::UNKNOWN_MATCH
        } else {
            PlayHand_Response::PLAYED
        };
        let response = match self.caller.call(request).await {
            Ok(response) => response,
            Err(end) => return end,
        };
        if response.status == PlayHand_Response::FULL && status == PlayHand_Response::PLAYED {
            return End::Reported;
        }
        let right = response.status == status
            && is_printable(&response.message.to_string())
            && (response.match_id != 0) == (status == PlayHand_Response::PLAYED);
        judge(right, || {
            format!("{name:?} with {hand} in {match_id} got {response:?}")
        })
    }
}

/// Sends the Hangman server requests that no player should.
struct HostileWordPlayer {
    start: Arc<Caller<StartHangman>>,
    guess: Arc<Caller<rmw::GuessHangman>>,
    game: Option<HangmanGame>,
    random: StdRng,
}

impl Player for HostileWordPlayer {
    async fn turn(&mut self) -> End {
        let Some(game) = self.game.take() else {
            return match begin(&self.start).await {
                Ok(game) => {
                    self.game = Some(game);
                    End::Right
                }
                Err(end) => end,
            };
        };
        let text = hostile_text(&mut self.random);
        let guess = as_delivered(&text);
        let foreign = self.random.random_bool(0.2);
        let mut request = rmw::GuessHangman_Request {
            game_id: match foreign {
                true => *[0, 1, u64::MAX, game.id ^ 1, self.random.random()]
                    .choose(&mut self.random)
                    .unwrap_or(&0),
                false => game.id,
            },
            guess: blank(text.len()).as_str().into(),
        };
        overwrite(&mut request.guess, &text);
        let response = match self.guess.call(request).await {
            Ok(response) => GuessHangman_Response::from_rmw(response),
            Err(end) => return end,
        };
        // Random bytes may be a letter, or a word of the right length.
        let word = guess.trim();
        let letters = word.bytes().all(|byte| byte.is_ascii_alphabetic());
        let harmless = !letters || word.is_empty() || word.len() > 64;
        let right = is_printable(&response.message)
            && match foreign {
                true => {
                    response.status == GuessHangman_Response::UNKNOWN_GAME
                        && response.game == HangmanGame::default()
                }
                false if harmless => {
                    response.status == GuessHangman_Response::INVALID_GUESS && response.game == game
                }
                false => response.game.id == game.id,
            };
        let end = judge(right, || format!("{guess:?} in {game:?} got {response:?}"));
        let over = response.game.outcome.value != Outcome::UNDECIDED;
        self.game = match foreign {
            true => Some(game),
            false => Some(response.game).filter(|_| !over),
        };
        end
    }
}

/// Converts a message from the C layout.
trait FromRmw {
    type Rmw;
    fn from_rmw(message: Self::Rmw) -> Self;
}

impl<T: rclrs::MessageIDL> FromRmw for T {
    type Rmw = T::RmwMsg;
    fn from_rmw(message: T::RmwMsg) -> T {
        T::from_rmw_message(message)
    }
}

/// A string with room for so many bytes.
fn blank(length: usize) -> String {
    "x".repeat(length)
}

/// Puts bytes into a string of C, which need not be UTF-8.
fn overwrite(string: &mut [std::ffi::c_char], bytes: &[u8]) {
    for (to, from) in string.iter_mut().zip(bytes) {
        *to = *from as std::ffi::c_char;
    }
}

/// The bytes of a string as they are received: a string of C ends at the first zero, and a Rust program
/// replaces what is not UTF-8.
fn as_delivered(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|byte| *byte == 0);
    String::from_utf8_lossy(&bytes[..end.unwrap_or(bytes.len())]).into_owned()
}

/// Text that no player would type.
fn hostile_text(random: &mut StdRng) -> Vec<u8> {
    const PIECES: [&[u8]; 26] = [
        b"\0",
        b"a\0b",
        b" ",
        b"\t\r\n",
        b"\x07\x08\x7f",
        b"\x1b[2J\x1b[31m",
        b"\x1b]0;title\x07",
        b"\xc2\x9b31m",
        "\u{202e}evil".as_bytes(),
        "\u{2066}\u{2069}\u{200f}\u{200b}\u{feff}".as_bytes(),
        "e\u{301}\u{301}\u{301}\u{301}".as_bytes(),
        "\u{ffff}\u{10ffff}".as_bytes(),
        "小明 é \u{ff41} \u{212a} 👩‍👩‍👧".as_bytes(),
        // An overlong form, half of a surrogate pair, a truncated one, one beyond the last character.
        b"\xc0\x80",
        b"\xed\xa0\x80",
        b"\xe2\x82",
        b"\xf4\x90\x80\x80",
        b"\xff\xfe",
        b"%s%n%x",
        b"{}{0}{:?}",
        b"' OR 1=1; --",
        b"../../../etc/passwd",
        b"$(reboot)`reboot`",
        b"[INFO] [0.0] [hangman]: ",
        b"_",
        b"7",
    ];
    let piece = |random: &mut StdRng| *PIECES.choose(random).unwrap_or(&PIECES[0]);
    match random.random_range(0..40) {
        0 => Vec::new(),
        // A megabyte.
        1 => {
            let piece = piece(random);
            piece.repeat(1_000_000 / piece.len())
        }
        // Around what is allowed.
        2..5 => piece(random)
            .iter()
            .copied()
            .cycle()
            .take(random.random_range(60..70))
            .collect(),
        5..15 => {
            let length = random.random_range(1..300);
            (0..length).map(|_| random.random()).collect()
        }
        _ => (0..random.random_range(1..4))
            .flat_map(|_| piece(random).to_vec())
            .collect(),
    }
}

fn main() {
    exit_with(|| counts::run(play))
}

/// Runs the players of a process.
async fn play(
    commands: Arc<ExecutorCommands>,
    arguments: Arguments,
    counts: Arc<Counts>,
) -> anyhow::Result<()> {
    let patience = Duration::from_secs_f64(arguments.patience);
    let identity = arguments.identity;
    let abandons = matches!(arguments.conduct, Conduct::Abandon);
    let random = |number: u64| StdRng::seed_from_u64(identity << 32 | number);
    let name = format!("players_{identity}");
    let node = create_node(&commands, name.as_str().start_parameter_services(false))?;
    let players = Players {
        commands,
        counts,
        number: arguments.players,
        calls: arguments.calls,
    };
    match (arguments.game, arguments.conduct) {
        (GameName::RockPaperScissors, Conduct::Hostile) => {
            let caller = Caller::connect(&node, "play_hand", patience).await?;
            let player = |number| HostileHandPlayer {
                caller: Arc::clone(&caller),
                random: random(number),
            };
            players.run(player).await
        }
        (GameName::RockPaperScissors, _) => {
            let caller = Caller::connect(&node, "play_hand", patience).await?;
            let player = |number| HandPlayer {
                caller: Arc::clone(&caller),
                name: format!("{identity} {number}"),
                match_id: 0,
                match_score: Score::default(),
                total_score: Some(Score::default()),
                forgetful: arguments.forgetful,
                abandons,
                random: random(number),
            };
            players.run(player).await
        }
        (GameName::Hangman, Conduct::Hostile) => {
            let start = Caller::connect(&node, "start_hangman", patience).await?;
            let guess = Caller::connect(&node, "guess_hangman", patience).await?;
            let player = |number| HostileWordPlayer {
                start: Arc::clone(&start),
                guess: Arc::clone(&guess),
                game: None,
                random: random(number),
            };
            players.run(player).await
        }
        (GameName::Hangman, _) => {
            let start = Caller::connect(&node, "start_hangman", patience).await?;
            let guess = Caller::connect(&node, "guess_hangman", patience).await?;
            let player = |number| WordPlayer {
                start: Arc::clone(&start),
                guess: Arc::clone(&guess),
                game: None,
                untried: Vec::new(),
                abandons,
                random: random(number),
            };
            players.run(player).await
        }
    }
}

/// The players of a process.
struct Players {
    commands: Arc<ExecutorCommands>,
    counts: Arc<Counts>,
    number: u64,
    calls: Option<i64>,
}

impl Players {
    /// Lets each player make one call after the other, until there were enough of them.
    async fn run<P: Player>(self, player: impl Fn(u64) -> P) -> anyhow::Result<()> {
        let play = |number| {
            let mut player = player(number);
            let (counts, calls) = (Arc::clone(&self.counts), self.calls);
            self.commands.run(async move {
                while counts.send(calls).is_some() {
                    let started = Instant::now();
                    let end = player.turn().await;
                    counts.end(end, started)?;
                }
                Ok::<_, Error>(())
            })
        };
        let players: Vec<_> = (0..self.number).map(play).collect();
        for player in players {
            player.await.context("A player ended before the end")??;
        }
        Ok(())
    }
}
