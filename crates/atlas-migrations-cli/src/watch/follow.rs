//! Following several migrations at once, and cutting them over once they are ready.

use std::collections::HashMap;
use std::future::pending;
use std::time::{Duration, SystemTime};

use atlas_client_core::sanitize;
use atlas_migrations::{
    Client, Error, FleetUpdates, LiveMigration, LiveMigrationRef, PollInterval, Update, WatchError,
    WatchOptions,
};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};

use super::board::{Board, Cutover, Outcome};
use super::ending;
use super::lines::Step;
use super::output::{Outputs, warn};
use super::targets::Target;
use super::waiting::Gate;
use crate::arguments::{Interval, Until};
use crate::failure::{Exit, Failure, exit_of};
use crate::interrupt;
use crate::terminal::Failed;

/// The longest that the service may ask to wait before another attempt to cut over.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);

/// How long the answer to a cutover is waited for once the watching has ended.
const LAST_ANSWERS: Duration = Duration::from_secs(5);

/// From one frame of the live view to the next.
const FRAME: Duration = Duration::from_millis(100);

/// What to follow, how, and what to do about it.
pub struct Plan {
    pub targets: Vec<Target>,
    pub until: Until,
    pub interval: Interval,
    pub patience: Option<Duration>,
    pub timeout: Option<Duration>,
    pub cut_over: Option<CutOver>,
    /// How many lags to keep of each migration.
    pub lags: usize,
    /// The time of day.
    pub now: Box<dyn Fn() -> SystemTime>,
}

impl Plan {
    /// What is watched, before anything was seen of it.
    pub fn board(&self, client: &Client) -> Board {
        let clock = client.transport().clock();
        let mut board = Board::new(self.targets.clone(), self.until, self.lags, clock);
        if let Some(CutOver { max_lag, spared }) = &self.cut_over {
            board.expect_cutovers(Gate { max_lag: *max_lag }, spared);
        }
        board
    }
}

/// When to cut a migration over.
#[derive(Clone, Debug, Default)]
pub struct CutOver {
    /// Not before its lag is this at the most.
    pub max_lag: Option<Duration>,
    /// Not these.
    pub spared: Vec<LiveMigrationRef>,
}

/// What became of an attempt to cut over.
enum Sent {
    Accepted,
    /// A last look found that it is not the time yet, or nothing; or the request was not taken, for now.
    PutOff(Option<Error>),
    /// It may have taken effect, or somebody else was first.
    Unclear(Error),
    Refused(Error),
}

/// Follows until something has become of each migration, the time is over, or the program is to stop.
///
/// What was seen until then is on the board even where it cannot be told. A reader of stdout that does not
/// read keeps nothing waiting: [`Outputs::finish`] waits for it.
pub async fn follow(
    client: &Client,
    plan: &Plan,
    board: &mut Board,
    outputs: &mut Outputs,
) -> Result<(), Failure> {
    let Plan { targets, timeout, now, .. } = plan;
    interrupt::following(ending::at_once(board));
    outputs.begin(board);
    let mut fleet = fleet(client, plan)?;
    let index_of: HashMap<LiveMigrationRef, usize> =
        (0..).zip(targets).map(|(index, target)| (target.key, index)).collect();
    let mut cutovers = JoinSet::new();
    let time_is_over = async {
        match timeout {
            Some(timeout) => sleep(*timeout).await,
            None => pending().await,
        }
    };
    tokio::pin!(time_is_over);
    let stopped = interrupt::told_to_stop();
    tokio::pin!(stopped);
    let stdout_failed = outputs.stdout_failed();
    tokio::pin!(stdout_failed);
    let mut is_written = true;
    // Not before then is another attempt to be made to cut over, for the service has said so.
    let mut not_before: HashMap<usize, Instant> = HashMap::new();
    let mut frames = interval(FRAME);
    frames.set_missed_tick_behavior(MissedTickBehavior::Skip);

    while !board.is_settled() {
        tokio::select! {
            Some(sighting) = fleet.next() => {
                let key = match &sighting {
                    Ok(update) => update.migration,
                    Err(error) => error.migration(),
                };
                let Some(&index) = index_of.get(&key) else { continue };
                take_in(board, index, sighting, outputs, now())?;
                let row = &mut board.rows[index];
                if row.outcome.is_some() {
                    fleet.remove(key);
                } else if let Some(when) = &plan.cut_over
                    && row.is_to_be_cut_over()
                    && row.job().is_some_and(|job| when.is_met(key, job))
                    && not_before.get(&index).is_none_or(|time| *time <= Instant::now())
                {
                    row.cutover = Cutover::Sending;
                    interrupt::following(ending::at_once(board));
                    outputs.cutover(board, index, Step::Sending, None, now())?;
                    let (client, when) = (client.clone(), when.clone());
                    cutovers.spawn(async move { (index, cut_over(&client, key, &when).await) });
                }
            }
            Some(Ok((index, sent))) = cutovers.join_next() => {
                cutover_ended(board, index, &sent, outputs, now())?;
                interrupt::following(ending::at_once(board));
                if let Sent::PutOff(Some(error)) = &sent
                    && let Some(wait) = error.retry_after()
                    // A time so far away that it cannot be said is no time to cut over at.
                    && let Some(time) = Instant::now().checked_add(wait.min(LONGEST_WAIT))
                {
                    not_before.insert(index, time);
                }
                if board.rows[index].outcome.is_some() {
                    let key = targets[index].key;
                    fleet.remove(key);
                }
            }
            _ = frames.tick(), if outputs.has_view() => outputs.frame(board),
            () = &mut time_is_over => board.settle(&Outcome::TimedOut, now()),
            () = &mut stopped => board.settle(&Outcome::Interrupted, now()),
            () = &mut stdout_failed, if is_written => {
                is_written = false;
                match outputs.failure() {
                    Some(Failed::Unwritable(why)) => {
                        warn(&format!("the output cannot be written, and watching goes on: {why}"));
                    }
                    // It has seen enough.
                    _ => {
                        answers(board, outputs, &mut cutovers, now).await?;
                        let failure = ending::reader_gone(board, plan.cut_over.is_some());
                        board.settle(&Outcome::Interrupted, now());
                        outputs.end(board, now())?;
                        return Err(failure);
                    }
                }
            }
        }
    }
    answers(board, outputs, &mut cutovers, now).await?;
    outputs.end(board, now())
}

/// Waits, but not for long, for the answers to cutovers that are being sent: whoever stops watching wants to
/// know what came of them.
async fn answers(
    board: &mut Board,
    outputs: &mut Outputs,
    cutovers: &mut JoinSet<(usize, Sent)>,
    now: &dyn Fn() -> SystemTime,
) -> Result<(), Failure> {
    let too_long = sleep(LAST_ANSWERS);
    tokio::pin!(too_long);
    loop {
        tokio::select! {
            answer = cutovers.join_next() => match answer {
                Some(Ok((index, sent))) => cutover_ended(board, index, &sent, outputs, now())?,
                Some(Err(_)) => {}
                None => return Ok(()),
            },
            () = &mut too_long => return Ok(()),
        }
        interrupt::following(ending::at_once(board));
    }
}

fn fleet(client: &Client, plan: &Plan) -> Result<FleetUpdates, Failure> {
    let Interval { shortest, longest } = plan.interval;
    let interval = PollInterval::new(shortest..=longest)
        .map_err(|error| Failure::new(error.to_string()).exit(Exit::Usage))?;
    let mut options = WatchOptions::new()
        .poll_interval(interval)
        .emit_unchanged(true)
        .emit_transient_errors(true);
    if let Some(patience) = plan.patience {
        options = options.error_timeout(patience);
    }
    let migrations = plan.targets.iter().map(|target| target.key);
    Ok(client.fleet().with(migrations).options(options).updates())
}

fn take_in(
    board: &mut Board,
    index: usize,
    sighting: Result<Update, WatchError>,
    outputs: &mut Outputs,
    now: SystemTime,
) -> Result<(), Failure> {
    match sighting {
        Ok(update) => {
            let is_news = board.saw(index, update);
            outputs.update(board, index, is_news, now)
        }
        Err(error) => {
            let is_news = board.missed(index, &error, now);
            outputs.failed_poll(board, index, &error, is_news, now)
        }
    }
}

fn cutover_ended(
    board: &mut Board,
    index: usize,
    sent: &Sent,
    outputs: &mut Outputs,
    now: SystemTime,
) -> Result<(), Failure> {
    let row = &mut board.rows[index];
    let (step, error) = match sent {
        Sent::Accepted => (Step::Accepted, None),
        Sent::PutOff(error) => (Step::PutOff, error.as_ref()),
        Sent::Unclear(error) => (Step::Unclear, Some(error)),
        Sent::Refused(error) => (Step::Refused, Some(error)),
    };
    let why = error.map(|error| sanitize(&error.summary()));
    row.cutover = match sent {
        Sent::Accepted => Cutover::Accepted(now),
        Sent::Unclear(_) => Cutover::unclear(why.clone().unwrap_or_default()),
        Sent::PutOff(_) | Sent::Refused(_) => Cutover::No,
    };
    if let Sent::Refused(error) = sent
        && row.outcome.is_none()
    {
        let hint = error.hint().map(|hint| sanitize(&hint));
        let why = why.clone().unwrap_or_default();
        row.settle(Outcome::Error { why, hint, exit: exit_of(error) }, now);
    }
    if !matches!(sent, Sent::PutOff(_)) {
        row.mark(format!("cutover {}", step.as_str()));
    }
    outputs.cutover(board, index, step, why.as_deref(), now)
}

impl CutOver {
    fn is_met(&self, key: LiveMigrationRef, job: &LiveMigration) -> bool {
        // What answers for another migration says nothing of this one.
        job.id.is_none_or(|id| id == key.id)
            && job.can_be_cut_over()
            && Gate { max_lag: self.max_lag }.allows(job.lag)
            && !self.spared.contains(&key)
    }
}

/// Looks once more, and makes one attempt to send the request. Before another one the migration is looked at
/// again, for it may have changed.
async fn cut_over(client: &Client, key: LiveMigrationRef, when: &CutOver) -> Sent {
    let client = client.without_retries();
    match client.live_migration(key.group, key.id).await {
        Ok(job) if when.is_met(key, &job) => {}
        Ok(_) => return Sent::PutOff(None),
        // The watch tells what it is about, and whether it passes.
        Err(error) => return Sent::PutOff(Some(error)),
    }
    match client.cut_over(key.group, key.id).await {
        Ok(()) => Sent::Accepted,
        Err(error) if error.may_have_taken_effect() || error.is_conflict() => Sent::Unclear(error),
        Err(error) if is_passing(&error) => Sent::PutOff(Some(error)),
        Err(error) => Sent::Refused(error),
    }
}

/// Whether what kept the request from being taken may be over soon.
fn is_passing(error: &Error) -> bool {
    error.is_rate_limited() || error.is_transport() || error.is_server()
}
