//! [`Runner`].

use std::{fmt, future::Future, path::Path, sync::Arc};

use atlas_migrations::{Clock, Update, WatchError};
use atlas_migrations_journal::{Redactor, StreamId, store::Store};
use atlas_migrations_plan::Plan;
use tokio::sync::mpsc;

use super::{
    engine::{Engine, OnEvent, OnPoll},
    error::RunError,
    events::{RunEvent, RunSummary},
    settings::RunSettings,
    start::{Starter, read},
    summary::summarize,
    work::{Worker, milliseconds},
};
use crate::{
    changes::Changes,
    hooks::{Hook, HookSettings, Hooks},
};

/// Runs one plan.
pub struct Runner {
    changes: Changes,
    plan: Plan,
    settings: RunSettings,
    on_event: OnEvent,
    on_poll: OnPoll,
}

impl fmt::Debug for Runner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Runner")
            .field("plan", &self.plan.name)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl Runner {
    /// Creates a run of a plan.
    pub fn new(changes: Changes, plan: Plan, settings: RunSettings) -> Self {
        Self { changes, plan, settings, on_event: Arc::new(|_| ()), on_poll: Arc::new(|_| ()) }
    }

    /// Sets who is told what happens. It must not block.
    #[must_use]
    pub fn on_event(mut self, on_event: impl Fn(RunEvent) + Send + Sync + 'static) -> Self {
        self.on_event = Arc::new(on_event);
        self
    }

    /// Sets who is told the result of each poll of a migration in Atlas. It must not block.
    #[must_use]
    pub fn on_poll(
        mut self,
        on_poll: impl Fn(&Result<Update, WatchError>) + Send + Sync + 'static,
    ) -> Self {
        self.on_poll = Arc::new(on_poll);
        self
    }

    /// Runs the plan until it is over, or until `stop` completes. The migrations go on in Atlas after a stop.
    ///
    /// Wait for [`Changes::settled`] afterwards: a request that is under way records its outcome.
    ///
    /// # Errors
    /// Fails before anything is sent if the plan was never started, does not fit to what was sent, or cannot be used; later
    /// only if the journal is lost or damaged.
    pub async fn run(self, stop: impl Future<Output = ()>) -> Result<RunSummary, RunError> {
        let Self { changes, plan, settings, on_event, on_poll } = self;
        let settings = Arc::new(settings);
        let mut hooks = Vec::new();
        for config in &plan.hooks {
            hooks.push(Hook::new(config, &plan.folder)?);
        }
        let starter =
            Starter { store: Arc::clone(changes.store()), actor: changes.actor().clone() };
        changes.import_outcomes().await?;
        let folder: Arc<Path> = plan.folder.as_path().into();
        let hook_settings = |stream: StreamId, redactor| {
            let name = plan.name.to_string();
            let (store, actor) = (Arc::clone(changes.store()), changes.actor().clone());
            HookSettings::new(store, stream, name, actor)
                .with_runner(changes.runner())
                .with_redactor(redactor)
        };
        let mut worker = Worker {
            clock: Arc::clone(changes.client().transport().clock()),
            hooks: Hooks::new(hook_settings(StreamId::new(), Redactor::default()), []),
            settings: Arc::clone(&settings),
            folder,
            passwords: Arc::default(),
            changes: changes.clone(),
        };
        Box::pin(check_passwords(&worker, &starter, &plan, settings.start)).await?;
        let opened = Box::pin(starter.open(&plan, settings.start)).await?;
        let plan_stream = opened.model.plan_stream;
        worker.hooks = Hooks::new(hook_settings(plan_stream, worker.redactor()), hooks);
        let streams: Vec<_> = opened.model.members.iter().map(|one| one.stream).collect();
        let notifications = Notifications::start(worker.hooks.clone(), streams);
        let changed = notifications.changed.clone();
        let mut engine = Engine::new(opened, worker, settings, on_event, on_poll, changed);
        let (result, interrupted) = tokio::select! {
            result = Box::pin(engine.drive()) => (result, false),
            () = stop => (Ok(()), true),
        };
        let now_ms = engine.now_ms();
        let migrations = summarize(&engine.model, now_ms);
        // The tasks of the engine end here; requests that are under way go on.
        drop(engine);
        notifications.finish(!interrupted).await;
        result?;
        Ok(RunSummary { migrations, interrupted })
    }
}

/// Reads every password that will be needed, so that a missing one is known now and not in the night.
async fn check_passwords(
    worker: &Worker,
    starter: &Starter,
    plan: &Plan,
    start: bool,
) -> Result<(), RunError> {
    let opened = read(&*starter.store, plan).await?;
    if opened.is_none() && !start {
        return Err(RunError::NeverStarted { plan: plan.name.clone() });
    }
    for (index, planned) in plan.migrations.iter().enumerate() {
        let is_created = opened.as_ref().is_some_and(|opened| {
            opened.model.members.iter().any(|member| {
                let state = &member.history.state;
                member.index == Some(index)
                    && (state.migration_id.is_some() || state.ended.is_some())
            })
        });
        if !is_created && let Err(why) = worker.password(planned).await {
            return Err(RunError::Password { name: planned.name.clone(), why });
        }
    }
    Ok(())
}

/// Queues and delivers the notifications of hooks while a run goes on.
struct Notifications {
    hooks: Hooks,
    changed: mpsc::UnboundedSender<StreamId>,
    streams: Vec<StreamId>,
    tasks: tokio::task::JoinSet<()>,
}

impl Notifications {
    fn start(hooks: Hooks, streams: Vec<StreamId>) -> Self {
        let (changed, mut queue) = mpsc::unbounded_channel();
        let mut tasks = tokio::task::JoinSet::new();
        let (queued, delivering, first) = (hooks.clone(), hooks.clone(), streams.clone());
        tasks.spawn(async move {
            for stream in first {
                enqueue(&queued, stream).await;
            }
            while let Some(stream) = queue.recv().await {
                enqueue(&queued, stream).await;
            }
        });
        tasks.spawn(async move { delivering.deliver_forever().await });
        Self { hooks, changed, streams, tasks }
    }

    /// Ends the tasks. At the end of a run that is over, what is due is delivered once more.
    async fn finish(mut self, deliver: bool) {
        self.tasks.shutdown().await;
        if deliver {
            for stream in &self.streams {
                enqueue(&self.hooks, *stream).await;
            }
            if let Err(error) = self.hooks.deliver_due().await {
                tracing::warn!(%error, "notifications are delivered by the next run");
            }
        }
    }
}

async fn enqueue(hooks: &Hooks, stream: StreamId) {
    if let Err(error) = hooks.enqueue(stream).await {
        tracing::warn!(%error, "a notification is queued later");
    }
}

/// Returns how the migrations of a plan stand and what a run would do next, without sending or writing anything.
///
/// Returns `None` if the journal has never seen the plan.
///
/// # Errors
/// Fails when the journal cannot be read.
pub async fn preview(
    store: &dyn Store,
    plan: &Plan,
    clock: &dyn Clock,
) -> Result<Option<RunSummary>, RunError> {
    let now_ms = milliseconds(clock.wall());
    let opened = read(store, plan).await?;
    Ok(opened.map(|opened| {
        let migrations = summarize(&opened.model, now_ms);
        RunSummary { migrations, interrupted: false }
    }))
}
