//! Runners: who works on which stream.

use std::time::Duration;

use super::{
    core::Core,
    driver::{Driver, Leases, Row, Tx, Value},
};
use crate::{
    error::{Error, Result},
    ids::{RunnerId, StreamId},
    store::{Claim, Claimed, Lease, NewRunner},
};

const REGISTER: &str = "INSERT INTO runner (id, host, pid, os_user, version, started_ms, expires_ms) \
     VALUES ($1, $2, $3, $4, $5, $6, $7)";
const RENEW: &str = "UPDATE runner SET expires_ms = $2 WHERE id = $1";
const RUNNER: &str = "SELECT expires_ms FROM runner WHERE id = $1";
const RUNNERS: &str = "SELECT id, expires_ms FROM runner";
const CANDIDATES: &str = "SELECT s.key, s.id, s.owner, s.fence, r.expires_ms FROM stream s \
     LEFT JOIN runner r ON r.id = s.owner LEFT JOIN stream p ON p.key = s.plan \
     WHERE s.archived = 0 AND s.ended = 0 AND ($1 = 0 OR p.id = $2) ORDER BY s.key";
const CANDIDATE: &str = "SELECT s.key, s.id, s.owner, s.fence, r.expires_ms FROM stream s \
     LEFT JOIN runner r ON r.id = s.owner WHERE s.id = $1";
const TAKE: &str = "UPDATE stream SET owner = $2, fence = fence + 1 WHERE key = $1 AND fence = $3";
const GIVE_BACK: &str =
    "UPDATE stream SET owner = NULL, fence = fence + 1 WHERE id = $1 AND owner = $2";
const GIVE_ALL_BACK: &str = "UPDATE stream SET owner = NULL, fence = fence + 1 WHERE owner = $1";
const FORGET: &str =
    "DELETE FROM runner WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM stream WHERE owner = $1)";
const UNREGISTER: &str = "DELETE FROM runner WHERE id = $1";

/// How long an expired lease is remembered.
const MEMORY: Duration = Duration::from_hours(24);

/// A stream that may be claimed.
struct Candidate {
    key: i64,
    stream: StreamId,
    owner: Option<RunnerId>,
    fence: u64,
    expires_ms: Option<i64>,
}

impl<D: Driver> Core<D> {
    pub(super) async fn register(&self, runner: NewRunner) -> Result<RunnerId> {
        let id = RunnerId::new();
        self.driver.lock_runner(id)?;
        let renewed = self.options.clock.since_boot();
        let registered = self
            .writing(|core, tx| {
                let runner = runner.clone();
                Box::pin(async move {
                    let now_ms = core.driver.now_ms(tx).await?;
                    core.forget_gone(tx, now_ms).await?;
                    let values = vec![
                        id.as_uuid().into(),
                        runner.host.into(),
                        runner.pid.into(),
                        runner.os_user.into(),
                        runner.version.into(),
                        now_ms.into(),
                        Value::OptionalInt(core.expiry(now_ms)),
                    ];
                    tx.execute(REGISTER, values).await
                })
            })
            .await;
        match registered {
            Ok(_) => {
                self.note_renewal(id, renewed);
                Ok(id)
            }
            Err(error) => {
                self.driver.unlock_runner(id);
                Err(error)
            }
        }
    }

    /// Removes runners that are gone and own no streams.
    async fn forget_gone(&self, tx: &mut D::Tx, now_ms: i64) -> Result<()> {
        let long_ago = now_ms.saturating_sub(millis(MEMORY));
        for row in tx.rows(RUNNERS, Vec::new()).await? {
            let runner: RunnerId = row.uuid(0)?.into();
            if self.is_gone(runner, row.optional_int(1)?, long_ago)?
                && tx.execute(FORGET, vec![runner.as_uuid().into()]).await? > 0
            {
                self.driver.forget_runner(runner);
            }
        }
        Ok(())
    }

    /// Returns when a lease that starts now expires, in the database's time.
    fn expiry(&self, now_ms: i64) -> Option<i64> {
        match self.driver.leases() {
            Leases::Time(lease) => Some(now_ms.saturating_add(millis(lease))),
            Leases::Locks => None,
        }
    }

    pub(super) async fn renew(&self, runner: RunnerId) -> Result<Lease> {
        // Before the statement is sent: the server's count starts later.
        let renewed = self.options.clock.since_boot();
        let live_runners = match self.driver.leases() {
            Leases::Time(_) => {
                let live = self
                    .writing(|core, tx| {
                        Box::pin(async move {
                            let now_ms = core.driver.now_ms(tx).await?;
                            let values = vec![
                                runner.as_uuid().into(),
                                Value::OptionalInt(core.expiry(now_ms)),
                            ];
                            if tx.execute(RENEW, values).await? == 0 {
                                return Err(Error::UnknownRunner(runner));
                            }
                            core.live_runners(tx, now_ms).await
                        })
                    })
                    .await?;
                self.note_renewal(runner, renewed);
                live
            }
            Leases::Locks if !self.driver.holds_runner(runner) => {
                return Err(Error::UnknownRunner(runner));
            }
            Leases::Locks => self.reading(|core, tx| Box::pin(core.live_runners(tx, 0))).await?,
        };
        Ok(Lease { runner, live_runners })
    }

    async fn live_runners(&self, tx: &mut D::Tx, now_ms: i64) -> Result<usize> {
        let mut live = 0;
        for row in tx.rows(RUNNERS, Vec::new()).await? {
            if !self.is_gone(row.uuid(0)?.into(), row.optional_int(1)?, now_ms)? {
                live += 1;
            }
        }
        Ok(live)
    }

    fn is_gone(&self, runner: RunnerId, expires_ms: Option<i64>, now_ms: i64) -> Result<bool> {
        match self.driver.leases() {
            Leases::Time(_) => Ok(expires_ms.is_none_or(|expires| expires < now_ms)),
            Leases::Locks => self.driver.runner_is_gone(runner),
        }
    }

    /// Returns whether a runner is registered and not known to be gone.
    pub(super) async fn is_alive(&self, tx: &mut D::Tx, runner: RunnerId) -> Result<bool> {
        let now_ms = self.driver.now_ms(tx).await?;
        match tx.rows(RUNNER, vec![runner.as_uuid().into()]).await?.first() {
            Some(row) => Ok(!self.is_gone(runner, row.optional_int(0)?, now_ms)?),
            None => Ok(false),
        }
    }

    pub(super) async fn claim(&self, claim: Claim) -> Result<Claimed> {
        self.writing(|core, tx| {
            let claim = claim.clone();
            Box::pin(async move { core.claim_in(tx, &claim).await })
        })
        .await
    }

    async fn claim_in(&self, tx: &mut D::Tx, claim: &Claim) -> Result<Claimed> {
        let now_ms = self.driver.now_ms(tx).await?;
        if tx.rows(RUNNER, vec![claim.runner.as_uuid().into()]).await?.is_empty() {
            return Err(Error::UnknownRunner(claim.runner));
        }
        let candidates = candidates(tx, claim).await?;
        let mut claimed = Claimed { candidates: candidates.len(), ..Claimed::default() };
        let (mine, others): (Vec<_>, Vec<_>) =
            candidates.into_iter().partition(|candidate| candidate.owner == Some(claim.runner));
        claimed
            .streams
            .extend(mine.into_iter().map(|candidate| (candidate.stream, candidate.fence)));
        let limit = claim.limit.unwrap_or(usize::MAX);
        for candidate in others {
            if claimed.streams.len() >= limit {
                break;
            }
            if let Some(owner) = candidate.owner {
                if !claim.take_over && !self.is_gone(owner, candidate.expires_ms, now_ms)? {
                    continue;
                }
                if !claimed.taken_from.contains(&owner) {
                    claimed.taken_from.push(owner);
                }
            }
            let values =
                vec![candidate.key.into(), claim.runner.as_uuid().into(), candidate.fence.into()];
            if tx.execute(TAKE, values).await? == 1 {
                claimed.streams.push((candidate.stream, candidate.fence + 1));
            }
        }
        Ok(claimed)
    }

    pub(super) async fn release(
        &self,
        runner: RunnerId,
        streams: Option<Vec<StreamId>>,
    ) -> Result<()> {
        let all = streams.is_none();
        self.writing(|_, tx| {
            let streams = streams.clone();
            Box::pin(async move {
                match streams {
                    Some(mut streams) => {
                        streams.sort_unstable();
                        for stream in streams {
                            tx.execute(
                                GIVE_BACK,
                                vec![stream.as_uuid().into(), runner.as_uuid().into()],
                            )
                            .await?;
                        }
                    }
                    None => {
                        tx.execute(GIVE_ALL_BACK, vec![runner.as_uuid().into()]).await?;
                        tx.execute(UNREGISTER, vec![runner.as_uuid().into()]).await?;
                    }
                }
                Ok(())
            })
        })
        .await?;
        if all {
            self.forget_renewal(runner);
            self.driver.unlock_runner(runner);
        }
        Ok(())
    }
}

async fn candidates<T: Tx>(tx: &mut T, claim: &Claim) -> Result<Vec<Candidate>> {
    let plan = claim.plan.map(StreamId::as_uuid);
    let mut rows = Vec::new();
    match &claim.streams {
        None => {
            rows = tx
                .rows(CANDIDATES, vec![plan.is_some().into(), plan.unwrap_or_default().into()])
                .await?;
        }
        Some(streams) => {
            for stream in streams {
                let found = tx.rows(CANDIDATE, vec![stream.as_uuid().into()]).await?;
                if found.is_empty() {
                    return Err(Error::NoSuchStream(*stream));
                }
                rows.extend(found);
            }
        }
    }
    let mut candidates = rows
        .iter()
        .map(|row| {
            Ok(Candidate {
                key: row.int(0)?,
                stream: row.uuid(1)?.into(),
                owner: row.optional_uuid(2)?.map(Into::into),
                fence: row.count(3)?,
                expires_ms: row.optional_int(4)?,
            })
        })
        .collect::<Result<Vec<_>>>()?;
    // Rows are locked in one order everywhere.
    candidates.sort_by_key(|candidate| candidate.key);
    Ok(candidates)
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
