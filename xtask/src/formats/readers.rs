//! Counts the program's goroutines in what gopeek wrote, as readers of each format would.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// The program's goroutines of a document.
pub(super) fn json(file: &Path) -> Result<u64> {
    let document: Value = serde_json::from_str(&text(file)?).context("the JSON")?;
    let goroutines = document["goroutines"].as_array().into_iter().flatten();
    Ok(count(goroutines.filter(|it| it["system"] == false)))
}

/// Likewise, of lines.
pub(super) fn lines(file: &Path) -> Result<u64> {
    let mut goroutines = 0;
    for line in text(file)?.lines() {
        let line: Value = serde_json::from_str(line).context("a line of NDJSON")?;
        let is_users = line["type"] == "goroutine" && line["system"] == false;
        goroutines += u64::from(is_users);
    }
    Ok(goroutines)
}

/// The goroutines of gostackparse's JSON.
pub(super) fn parsed(file: &Path) -> Result<u64> {
    let parsed: Vec<Value> = serde_json::from_str(&text(file)?).context("gostackparse's JSON")?;
    Ok(count(parsed.iter().filter(|it| it["ID"].is_u64())))
}

/// The sum of folded stacks: a line has calls, and behind the last space how many goroutines are there.
pub(super) fn folded(file: &Path) -> Result<u64> {
    let text = text(file)?;
    let counts = text.lines().map(|line| {
        let (stack, count) = line.rsplit_once(' ').with_context(|| line.to_owned())?;
        if stack.is_empty() || stack.contains(char::is_whitespace) {
            bail!("no folded stack: {line:?}");
        }
        count.parse::<u64>().with_context(|| line.to_owned())
    });
    counts.sum()
}

/// The sum of the samples that `go tool pprof -raw` tells: `  23: 1 2 3`, the locations behind the count.
pub(super) fn samples(raw: &str) -> u64 {
    let lines = raw.lines().skip_while(|line| *line != "Samples:");
    let lines = lines.take_while(|line| *line != "Locations");
    let counts = lines.filter_map(|line| {
        let (count, _) = line.split_once(": ")?;
        count.trim().parse::<u64>().ok()
    });
    counts.sum()
}

fn text(file: &Path) -> Result<String> {
    fs::read_to_string(file).with_context(|| format!("read {}", file.display()))
}

fn count(items: impl Iterator) -> u64 {
    items.fold(0, |count, _| count + 1)
}

#[cfg(test)]
mod tests {
    use super::samples;

    #[test]
    fn samples_are_summed_and_their_labels_are_not() {
        let raw = "PeriodType: goroutine count\nSamples:\ngoroutine/count\n         23: 1 2 \n                \
                   7:[x]\n          1: 3 \nLocations\n     1: 0x43 M=1 main.f\nMappings\n";
        assert_eq!(samples(raw), 24);
    }
}
