//! [`WriteQueue`]: text that a separate thread writes to a stream, so that nobody waits for the reader.

use std::collections::{HashMap, VecDeque};
use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::timeout;

/// Limits of the waiting text. Beyond them, newer texts replace older ones.
const MAX_ENTRIES: usize = 1024;
const MAX_BYTES: usize = 4 << 20;

/// What happens to a text when the queue is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overflow {
    /// It stays in the queue. For rare texts.
    Keep,
    /// It replaces an older text of the same subject and kind.
    KeepNewest(usize, &'static str),
}

/// A queue of texts for a stream.
#[derive(Clone)]
pub struct WriteQueue(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    /// Wakes the writing thread.
    filled: Condvar,
    /// Wakes `finish` after each write and on failure.
    progress: Notify,
    /// Wakes `failed` when writing has failed.
    failed: Notify,
}

#[derive(Default)]
struct State {
    entries: VecDeque<Entry>,
    bytes: usize,
    /// Whether the thread is writing a text that it has removed from the queue.
    is_writing: bool,
    is_closed: bool,
    dropped: HashMap<usize, u64>,
    error: Option<(io::ErrorKind, String)>,
}

struct Entry {
    text: Vec<u8>,
    overflow: Overflow,
}

/// Why writing stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WriteError {
    /// The reader has closed the stream.
    ReaderGone,
    /// The stream cannot be written. Contains the reason.
    Unwritable(String),
    /// The reader stalls.
    Stalled,
}

impl WriteQueue {
    /// Starts a thread that writes to the stream.
    ///
    /// # Errors
    ///
    /// The system cannot start a thread.
    pub fn new(stream: impl Write + Send + 'static) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            filled: Condvar::new(),
            progress: Notify::new(),
            failed: Notify::new(),
        });
        let writer = Arc::clone(&shared);
        thread::Builder::new().name("writer".to_owned()).spawn(move || writer.write_to(stream))?;
        Ok(Self(shared))
    }

    /// Adds a text. Never waits for the reader.
    pub fn push(&self, text: Vec<u8>, overflow: Overflow) {
        let mut state = self.0.lock();
        if state.error.is_some() || text.is_empty() {
            return;
        }
        let is_full = state.entries.len() >= MAX_ENTRIES || state.bytes >= MAX_BYTES;
        if let Overflow::KeepNewest(subject, _) = overflow
            && is_full
            && let Some(at) = state.entries.iter().position(|entry| entry.overflow == overflow)
            && let Some(older) = state.entries.remove(at)
        {
            state.bytes -= older.text.len();
            *state.dropped.entry(subject).or_default() += 1;
        }
        state.bytes += text.len();
        state.entries.push_back(Entry { text, overflow });
        drop(state);
        self.0.filled.notify_one();
    }

    /// Returns the number of dropped texts of a subject.
    pub fn dropped(&self, subject: usize) -> u64 {
        self.0.lock().dropped.get(&subject).copied().unwrap_or_default()
    }

    /// Returns the number of all dropped texts.
    pub fn total_dropped(&self) -> u64 {
        self.0.lock().dropped.values().sum()
    }

    /// Returns why writing stopped, if it did.
    pub fn error(&self) -> Option<WriteError> {
        self.0.lock().error.clone().map(|(kind, why)| match kind {
            io::ErrorKind::BrokenPipe => WriteError::ReaderGone,
            _ => WriteError::Unwritable(why),
        })
    }

    /// Waits until writing has failed.
    pub async fn failed(self) {
        self.0.failed.notified().await;
    }

    /// Waits until everything is written. Fails if nothing was written for this long.
    pub async fn finish(&self, stall_timeout: Duration) -> Result<(), WriteError> {
        self.0.lock().is_closed = true;
        self.0.filled.notify_one();
        loop {
            let progress = self.0.progress.notified();
            if let Some(error) = self.error() {
                return Err(error);
            }
            if self.0.lock().is_written() {
                return Ok(());
            }
            if timeout(stall_timeout, progress).await.is_err() {
                return Err(WriteError::Stalled);
            }
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_to(&self, mut stream: impl Write) {
        while let Some(text) = self.next() {
            let written = self.write(&mut stream, &text);
            let mut state = self.lock();
            state.is_writing = false;
            if let Err(error) = written {
                state.error = Some((error.kind(), error.to_string()));
                state.entries.clear();
                drop(state);
                self.progress.notify_one();
                self.failed.notify_one();
                return;
            }
            drop(state);
            self.progress.notify_one();
        }
    }

    fn write(&self, stream: &mut impl Write, mut text: &[u8]) -> io::Result<()> {
        while !text.is_empty() {
            match stream.write(text) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => text = text.get(written..).unwrap_or_default(),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
            self.progress.notify_one();
        }
        stream.flush()
    }

    /// Waits for the next text. Returns `None` if the queue is finished and empty.
    fn next(&self) -> Option<Vec<u8>> {
        let mut state = self.lock();
        loop {
            if let Some(entry) = state.entries.pop_front() {
                state.bytes -= entry.text.len();
                state.is_writing = true;
                return Some(entry.text);
            }
            if state.is_closed {
                return None;
            }
            state = self.filled.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl State {
    fn is_written(&self) -> bool {
        self.entries.is_empty() && !self.is_writing
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::*;

    /// A stream that accepts one text per turn.
    struct SlowStream {
        turns: Receiver<()>,
        seen: Sender<String>,
    }

    impl Write for SlowStream {
        fn write(&mut self, text: &[u8]) -> io::Result<usize> {
            self.turns.recv().map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
            self.seen.send(String::from_utf8_lossy(text).into_owned()).unwrap();
            Ok(text.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn slow_queue() -> (WriteQueue, Sender<()>, Receiver<String>) {
        let ((turn, turns), (seen, shown)) = (channel(), channel());
        (WriteQueue::new(SlowStream { turns, seen }).unwrap(), turn, shown)
    }

    #[tokio::test(start_paused = true)]
    async fn a_full_queue_drops_old_updates_and_keeps_the_rest() {
        let (queue, turn, seen) = slow_queue();
        queue.push(b"accepted".to_vec(), Overflow::Keep);
        for number in 0..100_000 {
            queue.push(
                format!("update {number}").into_bytes(),
                Overflow::KeepNewest(number % 2, "update"),
            );
        }
        queue.push(b"end".to_vec(), Overflow::Keep);
        assert!(queue.0.lock().entries.len() <= MAX_ENTRIES + 2);
        assert_eq!(queue.finish(Duration::from_secs(1)).await, Err(WriteError::Stalled));
        let dropped = queue.dropped(0) + queue.dropped(1);
        assert_eq!(queue.total_dropped(), dropped);
        for _ in 0..=MAX_ENTRIES + 2 {
            // A writer that has finished takes no more turns.
            let _ = turn.send(());
        }
        let mut read = Vec::new();
        while read.last().is_none_or(|last| last != "end") {
            read.push(seen.recv().unwrap());
        }
        assert_eq!(read.first().unwrap(), "accepted");
        assert_eq!(read[read.len() - 3..], ["update 99998", "update 99999", "end"]);
        assert_eq!(dropped, 100_000 - (read.len() as u64 - 2));
    }

    #[tokio::test]
    async fn a_closed_stream_is_reported_at_once() {
        let (queue, turn, _seen) = slow_queue();
        drop(turn);
        queue.push(b"x".to_vec(), Overflow::Keep);
        queue.clone().failed().await;
        assert_eq!(queue.error(), Some(WriteError::ReaderGone));
        assert_eq!(queue.finish(Duration::MAX).await, Err(WriteError::ReaderGone));
    }
}
