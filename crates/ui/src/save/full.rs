//! All private memory: copied before anything else, and looked at again last, with what time is left in the pause.

use crate::error::InspectError;
use crate::progress::Progress;
use gopeek_attach::files::FileBytes;
use gopeek_attach::mirror::{Changed, Mirror};
use gopeek_attach::{Process, Snapshot};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// A copy in the making.
pub(super) struct Full {
    path: PathBuf,
    mirror: Mirror,
    /// The copy's bytes; nothing where there are none.
    copy: Option<FileBytes>,
    /// Nothing before the target stood still.
    changed: Mutex<Option<Changed>>,
    len: u64,
}

impl Full {
    /// Copies it, into the folder in which `path` will be.
    pub(super) fn copy(process: &Process, path: &Path) -> Result<Full, InspectError> {
        let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        let fail = |source| failed(path, source);
        let spans = process.private_memory()?;
        let mut progress = Progress::new("copied", spans.iter().map(|span| span.len).sum());
        let mut mirror =
            Mirror::copy(process, &spans, folder, &mut |done| progress.at(done)).map_err(fail)?;
        mirror
            .refresh(process, &process.private_memory()?)
            .map_err(fail)?;
        let len = mirror.size();
        let copy = (len > 0).then(|| mirror.bytes()).transpose();
        Ok(Full {
            path: path.to_path_buf(),
            copy: copy.map_err(fail)?,
            changed: Mutex::default(),
            mirror,
            len,
        })
    }

    /// Looks at it again, while the target stands still.
    pub(super) fn look_again(&self, process: &Process, until: Option<Instant>) {
        if let Some(copy) = &self.copy {
            let changed = self.mirror.changed(process, copy, until);
            *self.changed.lock().unwrap_or_else(PoisonError::into_inner) = Some(changed);
        }
    }

    /// Adds the pages that had changed to `bytes`. Returns the rest, and how many bytes were not looked at again.
    pub(super) fn finish(&self, bytes: &mut Snapshot) -> Result<(Snapshot, u64), InspectError> {
        let mut changed = self.changed.lock().unwrap_or_else(PoisonError::into_inner);
        let changed = changed.take();
        let unread = changed.as_ref().map_or(self.len, |changed| changed.unread);
        bytes.absorb(changed.map(|changed| changed.pages));
        let rest = self.mirror.snapshot();
        Ok((rest.map_err(|source| failed(&self.path, source))?, unread))
    }
}

fn failed(path: &Path, source: io::Error) -> InspectError {
    InspectError::Output {
        what: path.display().to_string(),
        source,
    }
}
