//! [`Queue`]: text on its way to a stream, written by a thread of its own so that nobody waits for the reader.

use std::collections::{HashMap, VecDeque};
use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::timeout;

/// So much waits to be written before what is newer takes the place of what is older.
const MOST_ENTRIES: usize = 1024;
const MOST_BYTES: usize = 4 << 20;

/// What becomes of a text when the reader does not keep up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// It waits, however long that takes: for what there is little of.
    Always,
    /// Of the texts of one subject and kind the newest is kept.
    Newest(usize, &'static str),
}

/// Texts on their way to a stream.
#[derive(Clone)]
pub struct Queue(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    /// For the thread that writes: there is something to do.
    filled: Condvar,
    /// For whoever waits for the end: something was written, or cannot be.
    moved: Notify,
    /// For whoever wants to know at once: nothing can be written any more.
    failed: Notify,
}

#[derive(Default)]
struct State {
    entries: VecDeque<Entry>,
    bytes: usize,
    /// The thread is writing what it has taken out.
    is_writing: bool,
    is_closed: bool,
    left_out: HashMap<usize, u64>,
    failure: Option<(io::ErrorKind, String)>,
}

struct Entry {
    text: Vec<u8>,
    keep: Keep,
}

/// Why nothing is written any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failed {
    /// The reader has gone, having seen enough.
    ReaderGone,
    /// It cannot be written, for this reason.
    Unwritable(String),
    /// The reader does not read, and was waited for long enough.
    NotRead,
}

impl Queue {
    /// A queue whose texts are written to this stream.
    ///
    /// # Errors
    ///
    /// The system has no room for another thread.
    pub fn to(stream: impl Write + Send + 'static) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            filled: Condvar::new(),
            moved: Notify::new(),
            failed: Notify::new(),
        });
        let writer = Arc::clone(&shared);
        thread::Builder::new().name("writer".to_owned()).spawn(move || writer.write_to(stream))?;
        Ok(Self(shared))
    }

    /// Takes a text in, to be written when its turn comes. Never waits for the reader.
    pub fn push(&self, text: Vec<u8>, keep: Keep) {
        let mut state = self.0.lock();
        if state.failure.is_some() || text.is_empty() {
            return;
        }
        let is_full = state.entries.len() >= MOST_ENTRIES || state.bytes >= MOST_BYTES;
        if let Keep::Newest(subject, _) = keep
            && is_full
            && let Some(at) = state.entries.iter().position(|entry| entry.keep == keep)
            && let Some(older) = state.entries.remove(at)
        {
            state.bytes -= older.text.len();
            *state.left_out.entry(subject).or_default() += 1;
        }
        state.bytes += text.len();
        state.entries.push_back(Entry { text, keep });
        drop(state);
        self.0.filled.notify_one();
    }

    /// How many texts of a subject were left out.
    pub fn left_out(&self, subject: usize) -> u64 {
        self.0.lock().left_out.get(&subject).copied().unwrap_or_default()
    }

    /// How many texts were left out of all.
    pub fn all_left_out(&self) -> u64 {
        self.0.lock().left_out.values().sum()
    }

    /// Why nothing is written any more, where that is so.
    pub fn failure(&self) -> Option<Failed> {
        self.0.lock().failure.clone().map(|(kind, why)| match kind {
            io::ErrorKind::BrokenPipe => Failed::ReaderGone,
            _ => Failed::Unwritable(why),
        })
    }

    /// Waits until nothing can be written any more.
    pub async fn failed(self) {
        self.0.failed.notified().await;
    }

    /// Waits until all is written, or nothing was for so long.
    pub async fn finish(&self, patience: Duration) -> Result<(), Failed> {
        self.0.lock().is_closed = true;
        self.0.filled.notify_one();
        loop {
            let moved = self.0.moved.notified();
            if let Some(failure) = self.failure() {
                return Err(failure);
            }
            if self.0.lock().is_written() {
                return Ok(());
            }
            if timeout(patience, moved).await.is_err() {
                return Err(Failed::NotRead);
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
                state.failure = Some((error.kind(), error.to_string()));
                state.entries.clear();
                drop(state);
                self.moved.notify_one();
                self.failed.notify_one();
                return;
            }
            drop(state);
            self.moved.notify_one();
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
            self.moved.notify_one();
        }
        stream.flush()
    }

    /// The next text, once there is one; none once there will be no other.
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

    /// A reader that takes a text whenever it is told to.
    struct Slow {
        turns: Receiver<()>,
        seen: Sender<String>,
    }

    impl Write for Slow {
        fn write(&mut self, text: &[u8]) -> io::Result<usize> {
            self.turns.recv().map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
            self.seen.send(String::from_utf8_lossy(text).into_owned()).unwrap();
            Ok(text.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn slow() -> (Queue, Sender<()>, Receiver<String>) {
        let ((turn, turns), (seen, shown)) = (channel(), channel());
        (Queue::to(Slow { turns, seen }).unwrap(), turn, shown)
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_not_read_is_bounded_and_what_matters_is_kept() {
        let (queue, turn, seen) = slow();
        queue.push(b"accepted".to_vec(), Keep::Always);
        for number in 0..100_000 {
            queue.push(format!("update {number}").into_bytes(), Keep::Newest(number % 2, "update"));
        }
        queue.push(b"end".to_vec(), Keep::Always);
        assert!(queue.0.lock().entries.len() <= MOST_ENTRIES + 2);
        assert_eq!(queue.finish(Duration::from_secs(1)).await, Err(Failed::NotRead));
        let left_out = queue.left_out(0) + queue.left_out(1);
        assert_eq!(queue.all_left_out(), left_out);
        for _ in 0..=MOST_ENTRIES + 2 {
            // A writer that is through takes no more turns.
            let _ = turn.send(());
        }
        let mut read = Vec::new();
        while read.last().is_none_or(|last| last != "end") {
            read.push(seen.recv().unwrap());
        }
        assert_eq!(read.first().unwrap(), "accepted");
        assert_eq!(read[read.len() - 3..], ["update 99998", "update 99999", "end"]);
        assert_eq!(left_out, 100_000 - (read.len() as u64 - 2));
    }

    #[tokio::test]
    async fn that_the_reader_has_gone_is_known_at_once() {
        let (queue, turn, _seen) = slow();
        drop(turn);
        queue.push(b"x".to_vec(), Keep::Always);
        queue.clone().failed().await;
        assert_eq!(queue.failure(), Some(Failed::ReaderGone));
        assert_eq!(queue.finish(Duration::MAX).await, Err(Failed::ReaderGone));
    }
}
