//! The distribution's package manager: what it can install here, and where it gets packages from.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::run;

/// Installs packages.
///
/// # Errors
/// When we may not, when there is no apt, or with what it said.
pub(crate) fn install(packages: &[&str]) -> Result<()> {
    if !is_root() || !run::exists("apt-get") {
        bail!(
            "not root with apt here (Debian: apt-get install {})",
            packages.join(" ")
        );
    }
    // A machine that has just come up knows no packages yet; a failure here would only be told of twice.
    let _ = run::read(Command::new("apt-get").args(["--quiet", "update"]));
    let mut install = Command::new("apt-get");
    install.args(["install", "--yes", "--no-install-recommends"]);
    // Somebody else may be installing.
    install.args(["-o", "DPkg::Lock::Timeout=60"]);
    run::read(
        install
            .args(packages)
            .env("DEBIAN_FRONTEND", "noninteractive"),
    )?;
    Ok(())
}

/// Unpacks a package into a folder, without installing it.
///
/// # Errors
/// When there is no apt, when it does not know the package, or with what it said.
pub(crate) fn unpack(package: &str, folder: &Path) -> Result<()> {
    if !run::exists("apt-get") {
        bail!("no apt here");
    }
    let download = || {
        let mut download = Command::new("apt-get");
        download.args(["--quiet", "download", package]);
        run::read(download.current_dir(folder))
    };
    // A machine that has just come up knows no packages yet, and only root may change that.
    if download().is_err() {
        let _ = run::read(Command::new("apt-get").args(["--quiet", "update"]));
        download()?;
    }
    let files = fs::read_dir(folder)?.filter_map(Result::ok);
    let mut files = files.map(|entry| entry.path());
    let deb = files.find(|path| path.extension().is_some_and(|it| it == "deb"));
    let deb = deb.with_context(|| format!("apt brought no file for {package}"))?;
    run::read(Command::new("dpkg-deb").arg("-x").arg(&deb).arg(folder))?;
    fs::remove_file(&deb).with_context(|| format!("remove {}", deb.display()))
}

/// The mirror that this machine's apt gets Debian itself from.
///
/// # Errors
/// When there is none.
pub(crate) fn mirror() -> Result<String> {
    let mut targets = Command::new("apt-get");
    targets.args(["indextargets", "--format", "$(ORIGIN)|$(LABEL)|$(SITE)"]);
    let targets = run::read(&mut targets)?;
    let mirror = mirror_among(&targets).context("apt knows no mirror of Debian here")?;
    Ok(mirror.to_owned())
}

/// Security updates have Debian for origin, too, but a label of their own.
fn mirror_among(targets: &str) -> Option<&str> {
    let mut sites = targets
        .lines()
        .filter_map(|line| line.strip_prefix("Debian|Debian|"));
    sites.find(|site| site.starts_with("http"))
}

/// The effective user id, from the second number of the status file's `Uid:` line (proc(5)).
pub(crate) fn is_root() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let uids = status.lines().find_map(|line| line.strip_prefix("Uid:"));
    uids.and_then(|uids| uids.split_whitespace().nth(1)) == Some("0")
}

#[cfg(test)]
mod tests {
    use super::mirror_among;

    #[test]
    fn the_mirror_is_debians_own_and_has_an_address() {
        let targets = "Other|Other|https://packages.test/apt\n\
                       Debian|Debian-Security|http://mirror.test/debian-security\n\
                       Debian|Debian|mirror+file:/etc/apt/mirrors.list\n\
                       Debian|Debian|http://mirror.test/debian\n\
                       Debian|Debian|http://other.test/debian\n";
        assert_eq!(mirror_among(targets), Some("http://mirror.test/debian"));
        assert_eq!(
            mirror_among("Ubuntu|Ubuntu|http://mirror.test/ubuntu\n"),
            None
        );
    }
}
