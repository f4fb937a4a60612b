//! A simple load: a few clients, each of which asks all the time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Result, anyhow, bail};

use super::running::Running;

/// Number of clients.
const CLIENTS: usize = 2;
/// Time that a client thinks between two requests.
const PAUSE: Duration = Duration::from_millis(5);

/// Clients of a service, until they are told to end.
pub(super) struct Load {
    over: Arc<AtomicBool>,
    answers: Arc<AtomicUsize>,
    clients: Vec<JoinHandle<Result<()>>>,
}

impl Load {
    /// Starts the clients, and waits until they have answers.
    pub(super) fn start(service: &Running) -> Result<Self> {
        let mut it = Self {
            over: Arc::default(),
            answers: Arc::default(),
            clients: Vec::new(),
        };
        for _ in 0..CLIENTS {
            let asker = service.asker(service.unpacked());
            let (over, answers) = (Arc::clone(&it.over), Arc::clone(&it.answers));
            it.clients.push(thread::spawn(move || {
                while !over.load(Ordering::Relaxed) {
                    asker.ask()?;
                    answers.fetch_add(1, Ordering::Relaxed);
                    thread::sleep(PAUSE);
                }
                Ok(())
            }));
        }
        while it.answers.load(Ordering::Relaxed) < 10 * CLIENTS {
            if it.clients.iter().any(JoinHandle::is_finished) {
                it.end()?;
                bail!("a client ended");
            }
            thread::sleep(PAUSE);
        }
        Ok(it)
    }

    /// Ends the clients.
    ///
    /// # Errors
    /// When a request failed.
    pub(super) fn end(mut self) -> Result<()> {
        self.over.store(true, Ordering::Relaxed);
        for client in self.clients.drain(..) {
            client.join().map_err(|_| anyhow!("a client panicked"))??;
        }
        Ok(())
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
    }
}
