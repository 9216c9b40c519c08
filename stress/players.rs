// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! Many players of one of the games in one process, each call counted:
//! `stress_players hangman --players 1000 --calls 20000`.
//!
//! Each player has games of its own, one after the other, and compares every answer with what it
//! knows of its game: an answer that belongs to another player's game cannot pass for the right
//! one. What the definitions of the services say is written down here once more, on purpose: the
//! rules of the servers do not judge themselves. `--conduct abandon` begins game after game and
//! plays none of them; `--conduct hostile` sends what no player should.
//!
//! The server may be killed and started again meanwhile (`--forgetful`). Whoever had a call or a game under way has
//! to be told: by the client, or by the server that knows no such game.
//!
//! The counts so far are printed as `stress_caller` prints them, and what was wrong goes to stderr.

mod counts;

use anyhow::{anyhow, Context as _};
use clap::{Parser, ValueEnum};
use counts::{Counts, End};
use rand::{
    rngs::StdRng,
    seq::{IndexedRandom, SliceRandom},
    RngExt, SeedableRng,
};
use rclrs::{
    Context, ExecutorCommands, InitOptions, IntoNodeOptions, Node, RclrsErrorFilter, ServiceIDL,
    SpinOptions,
};
use ros_env::tutorial_game_interfaces::{
    msg::{self, Hand, HangmanGame, Outcome, Score},
    srv::{
        rmw, GuessHangman, GuessHangman_Request, GuessHangman_Response, PlayHand, PlayHand_Request,
        PlayHand_Response, StartHangman, StartHangman_Request, StartHangman_Response,
    },
};
use rust_add_two_ints::{
    failure::Failure, report, shutdown::Shutdown,
    single_threaded_executor::CreateSingleThreadedExecutor, time_limit::within,
    watchful_client::WatchfulClient,
};
use std::{
    future::{self, Future},
    sync::Arc,
    time::{Duration, Instant},
};

/// Plays a game many times over and counts what becomes of the calls.
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
    /// What tells the players of several processes apart, and what all that is random starts from
    #[arg(long, default_value_t = 1)]
    identity: u64,
    /// How the players behave
    #[arg(long, default_value = "fair")]
    conduct: Conduct,
    /// Whether the server may be started anew meanwhile, and then has forgotten all scores
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
    /// Makes a call, and judges its answer.
    fn turn(&mut self) -> impl Future<Output = End> + Send;
}

/// A client of a service that knows when to give up.
struct Caller<T: ServiceIDL> {
    client: WatchfulClient<T>,
    patience: Duration,
}

impl<T: ServiceIDL> Caller<T> {
    async fn connect(node: &Node, name: &str, patience: Duration) -> anyhow::Result<Arc<Self>> {
        let client = WatchfulClient::connect(node, name, Some(patience)).await?;
        Ok(Arc::new(Self { client, patience }))
    }

    /// Returns the response, or how the call has ended without one.
    async fn call(&self, request: T::Request) -> Result<T::Response, End> {
        match within(self.patience, self.client.call(request)).await {
            Some(Ok(response)) => Ok(response),
            Some(Err(failure)) => Err(End::reported(failure)),
            None => Err(End::Lost),
        }
    }
}

/// Right, or wrong and said so.
fn judge(right: bool, what: impl FnOnce() -> String) -> End {
    if right {
        return End::Right;
    }
    let what: String = what().chars().take(2000).collect();
    eprintln!("wrong: {what}");
    End::Wrong
}

/// Refused by a server that is full: waits a moment, so that it does not come back at once.
async fn refused() -> End {
    within(Duration::from_millis(200), future::pending::<()>()).await;
    End::Reported
}

/// Whether a message of a server is fit to be shown: short, and with nothing that steers a
/// terminal.
fn is_fit(message: &str) -> bool {
    (1..1000).contains(&message.len()) && !message.contains(char::is_control)
}

/// A player of Rock Paper Scissors.
struct Shower {
    caller: Arc<Caller<PlayHand>>,
    name: String,
    /// The match under way, 0 for none.
    match_id: u64,
    match_score: Score,
    /// All rounds; `None` when the last one may have been counted or not.
    total_score: Option<Score>,
    /// Whether the server may have forgotten the rounds before.
    forgetful: bool,
    abandons: bool,
    luck: StdRng,
}

impl Player for Shower {
    async fn turn(&mut self) -> End {
        let hand = Hand {
            value: self.luck.random_range(Hand::ROCK..=Hand::SCISSORS),
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
            // The server was started anew: it knows neither the match nor the score any more.
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
            // The next match is another player's, so that there is one more to remember.
            self.name = format!("{:x}", self.luck.random::<u128>());
            self.total_score = Some(Score::default());
        }
        end
    }
}

impl Shower {
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
        // When it was started anew between two matches, nothing else tells.
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
            && is_fit(&response.message)
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
struct Guesser {
    start: Arc<Caller<StartHangman>>,
    guess: Arc<Caller<GuessHangman>>,
    /// The game under way.
    game: Option<HangmanGame>,
    /// The letters that were not tried in it yet.
    untried: Vec<char>,
    abandons: bool,
    luck: StdRng,
}

impl Player for Guesser {
    async fn turn(&mut self) -> End {
        let Some(before) = self.game.take() else {
            return match begin(&self.start).await {
                Ok(game) => {
                    self.untried = ('a'..='z').collect();
                    self.untried.shuffle(&mut self.luck);
                    self.game = Some(game).filter(|_| !self.abandons);
                    End::Right
                }
                Err(end) => end,
            };
        };
        let repeats = !before.letters.is_empty() && self.luck.random_bool(0.2);
        let letter = match repeats {
            true => before.letters.chars().next(),
            false => self.untried.pop(),
        };
        let letter = letter.unwrap_or('?');
        // Capital letters and spaces around do not matter.
        let guess = match self.luck.random() {
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
            // The server was started anew.
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
        && is_fit(&response.message)
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
            && is_fit(&response.message)
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
        && is_fit(&response.message)
        && game.id == before.id
        && game.lives + u8::from(!hit) == before.lives
        && game.letters == letters.iter().collect::<String>()
        && game.words == before.words
        && word_is_right
        && game.outcome.value == outcome
        && over != game.word.contains('_')
}

/// Sends the Rock Paper Scissors server what no player should.
struct HostileShower {
    caller: Arc<Caller<rmw::PlayHand>>,
    luck: StdRng,
}

impl Player for HostileShower {
    async fn turn(&mut self) -> End {
        let text = hostile_text(&mut self.luck);
        let mut request = rmw::PlayHand_Request {
            player: blank(text.len()).as_str().into(),
            match_id: *[0, 0, 1, u64::MAX, self.luck.random()]
                .choose(&mut self.luck)
                .unwrap_or(&0),
            hand: msg::rmw::Hand {
                value: *[0, 1, 2, 3, 4, 255].choose(&mut self.luck).unwrap_or(&0),
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
            && is_fit(&response.message.to_string())
            && (response.match_id != 0) == (status == PlayHand_Response::PLAYED);
        judge(right, || {
            format!("{name:?} with {hand} in {match_id} got {response:?}")
        })
    }
}

/// Sends the Hangman server what no player should.
struct HostileGuesser {
    start: Arc<Caller<StartHangman>>,
    guess: Arc<Caller<rmw::GuessHangman>>,
    game: Option<HangmanGame>,
    luck: StdRng,
}

impl Player for HostileGuesser {
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
        let text = hostile_text(&mut self.luck);
        let guess = as_delivered(&text);
        let foreign = self.luck.random_bool(0.2);
        let mut request = rmw::GuessHangman_Request {
            game_id: match foreign {
                true => *[0, 1, u64::MAX, game.id ^ 1, self.luck.random()]
                    .choose(&mut self.luck)
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
        // Noise may happen to be a letter, or a word of the right length.
        let word = guess.trim();
        let letters = word.bytes().all(|byte| byte.is_ascii_alphabetic());
        let harmless = !letters || word.is_empty() || word.len() > 64;
        let right = is_fit(&response.message)
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

/// Makes a message in C layout one for people.
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

/// What becomes of the bytes of a string on its way: a string of C ends at the first zero, and
/// what is no UTF-8 is replaced where a Rust program takes it.
fn as_delivered(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|byte| *byte == 0);
    String::from_utf8_lossy(&bytes[..end.unwrap_or(bytes.len())]).into_owned()
}

/// Something that no player would type.
fn hostile_text(luck: &mut StdRng) -> Vec<u8> {
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
        // Too long for what it says, half of a pair, cut off, beyond the last character.
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
    let piece = |luck: &mut StdRng| *PIECES.choose(luck).unwrap_or(&PIECES[0]);
    match luck.random_range(0..40) {
        0 => Vec::new(),
        // A megabyte.
        1 => {
            let piece = piece(luck);
            piece.repeat(1_000_000 / piece.len())
        }
        // Around what is allowed.
        2..5 => piece(luck)
            .iter()
            .copied()
            .cycle()
            .take(luck.random_range(60..70))
            .collect(),
        5..15 => {
            let length = luck.random_range(1..300);
            (0..length).map(|_| luck.random()).collect()
        }
        _ => (0..luck.random_range(1..4))
            .flat_map(|_| piece(luck).to_vec())
            .collect(),
    }
}

fn main() {
    report::exit_with(run)
}

fn run() -> anyhow::Result<()> {
    let shutdown = Shutdown::on_signals_at_leisure()?;
    let ros_arguments: Vec<String> = std::env::args().collect();
    let own = rclrs::extract_non_ros_args(ros_arguments.iter().cloned())?;
    let arguments = Arguments::parse_from(own);
    let context = Context::new(ros_arguments, InitOptions::default())?;
    let mut executor = context.create_single_threaded_executor();

    let counts = Arc::new(Counts::default());
    let commands = Arc::clone(executor.commands());
    let games = play(commands, arguments, shutdown, Arc::clone(&counts));
    let games = executor.commands().run(games);
    let (mut outcome, done) = executor.commands().create_notice(games);
    executor
        .spin(SpinOptions::new().until_promise_resolved(done))
        .first_error()?;
    counts.print(true);
    report::leave_in_time(match outcome.try_recv() {
        Ok(Some(outcome)) => outcome,
        _ => Err(anyhow!("The executor stopped before the games were over")),
    })
}

/// Lets the players of a process in.
async fn play(
    commands: Arc<ExecutorCommands>,
    arguments: Arguments,
    shutdown: Shutdown,
    counts: Arc<Counts>,
) -> anyhow::Result<()> {
    let patience = Duration::from_secs_f64(arguments.patience);
    let identity = arguments.identity;
    let abandons = matches!(arguments.conduct, Conduct::Abandon);
    let luck = |number: u64| StdRng::seed_from_u64(identity << 32 | number);
    let name = format!("players_{identity}");
    let node = commands.create_node(name.as_str().start_parameter_services(false))?;
    let table = Table {
        commands,
        shutdown,
        counts,
        players: arguments.players,
        calls: arguments.calls,
    };
    match (arguments.game, arguments.conduct) {
        (GameName::RockPaperScissors, Conduct::Hostile) => {
            let caller = Caller::connect(&node, "play_hand", patience).await?;
            let player = |number| HostileShower {
                caller: Arc::clone(&caller),
                luck: luck(number),
            };
            table.seat(player).await
        }
        (GameName::RockPaperScissors, _) => {
            let caller = Caller::connect(&node, "play_hand", patience).await?;
            let player = |number| Shower {
                caller: Arc::clone(&caller),
                name: format!("{identity} {number}"),
                match_id: 0,
                match_score: Score::default(),
                total_score: Some(Score::default()),
                forgetful: arguments.forgetful,
                abandons,
                luck: luck(number),
            };
            table.seat(player).await
        }
        (GameName::Hangman, Conduct::Hostile) => {
            let start = Caller::connect(&node, "start_hangman", patience).await?;
            let guess = Caller::connect(&node, "guess_hangman", patience).await?;
            let player = |number| HostileGuesser {
                start: Arc::clone(&start),
                guess: Arc::clone(&guess),
                game: None,
                luck: luck(number),
            };
            table.seat(player).await
        }
        (GameName::Hangman, _) => {
            let start = Caller::connect(&node, "start_hangman", patience).await?;
            let guess = Caller::connect(&node, "guess_hangman", patience).await?;
            let player = |number| Guesser {
                start: Arc::clone(&start),
                guess: Arc::clone(&guess),
                game: None,
                untried: Vec::new(),
                abandons,
                luck: luck(number),
            };
            table.seat(player).await
        }
    }
}

/// What all players of a process share.
struct Table {
    commands: Arc<ExecutorCommands>,
    shutdown: Shutdown,
    counts: Arc<Counts>,
    players: u64,
    calls: Option<i64>,
}

impl Table {
    /// Lets each player make one call after the other, until there were enough of them.
    async fn seat<P: Player>(self, player: impl Fn(u64) -> P) -> anyhow::Result<()> {
        let counts = Arc::clone(&self.counts);
        let printing = self
            .commands
            .query(async move { counts.print_regularly().await });
        let seats: Vec<_> = (0..self.players)
            .map(|number| {
                let mut player = player(number);
                let (counts, shutdown) = (Arc::clone(&self.counts), self.shutdown.clone());
                let calls = self.calls;
                self.commands.run(async move {
                    while shutdown.signal().is_none() && counts.send(calls).is_some() {
                        let started = Instant::now();
                        let end = player.turn().await;
                        counts.end(end, started)?;
                    }
                    Ok::<_, Failure>(())
                })
            })
            .collect();
        for seat in seats {
            seat.await.context("A player left before the end")??;
        }
        drop(printing);
        Ok(())
    }
}
