//! The verb that a mistyped word was probably meant to be.

use super::args::Cli;
use clap::CommandFactory;

/// Least similarity, from 0 to 1, of a word that is taken for a mistyped verb; clap uses the same for its own hints.
const SIMILAR: f64 = 0.7;

/// Returns the verb that is most similar to `word`, if one is similar enough.
pub(crate) fn command(word: &str) -> Option<String> {
    let command = Cli::command();
    let verbs = command.get_subcommands().map(clap::Command::get_name);
    let scored = verbs.map(|verb| (strsim::jaro_winkler(verb, word), verb));
    let best = scored.max_by(|one, other| one.0.total_cmp(&other.0))?;
    (best.0 > SIMILAR).then(|| best.1.to_owned())
}

#[cfg(test)]
mod tests {
    use super::command;

    #[test]
    fn a_mistyped_verb_is_recognised() {
        assert_eq!(command("dmup").as_deref(), Some("dump"));
        assert_eq!(command("reprot").as_deref(), Some("report"));
        assert_eq!(command("prometheus"), None);
        assert_eq!(command(""), None);
    }
}
