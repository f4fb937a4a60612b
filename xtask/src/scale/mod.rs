//! `cargo xtask scale`: targets of doubled sizes; what gopeek takes of CPU and memory must grow no faster than they do.

mod form;
mod measure;
mod mode;
mod slope;
mod tell;

use anyhow::{Result, bail};

use crate::cell::{PLAIN, SCALE, build};
use crate::{run, toolchain};
use form::Form;
use mode::{MODES, Mode};

/// What to measure.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only these modes of testdata/programs/scale [default: all].
    #[arg(long = "mode", value_name = "MODE", value_delimiter = ',', value_parser = mode::named)]
    modes: Vec<&'static Mode>,
    /// Only these outputs [default: all but deep].
    #[arg(long = "form", value_name = "FORM", value_delimiter = ',')]
    forms: Vec<Form>,
    /// These sizes instead of each mode's own, the smallest first.
    #[arg(long, value_name = "N", value_delimiter = ',', value_parser = clap::value_parser!(u32).range(1..))]
    sizes: Vec<u32>,
    /// Sizes that are eight times as large as by default; takes a quarter of an hour.
    #[arg(long, conflicts_with = "sizes")]
    large: bool,
    /// How often each look is repeated; the best counts.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=100))]
    runs: u32,
    /// The slope above which it fails: 1 is growth as fast as the input's, 2 is quadratic.
    #[arg(long, default_value_t = 1.2)]
    limit: f64,
    /// Act as on a machine without Go.
    #[arg(long)]
    no_path_go: bool,
}

impl Args {
    fn sizes(&self, mode: &Mode) -> Vec<u32> {
        if self.sizes.is_empty() {
            mode.sizes(self.large)
        } else {
            self.sizes.clone()
        }
    }
}

/// Runs the verb.
///
/// # Errors
/// When something grows faster than its input, or can't be measured.
pub(crate) fn run(args: &Args) -> Result<()> {
    run::build_gopeek()?;
    let go = toolchain::newest(!args.no_path_go)?;
    // With symbols and DWARF, which gopeek then reads, too.
    let program = build(&go, &PLAIN, &SCALE)?;
    let modes: Vec<&Mode> = if args.modes.is_empty() {
        MODES.iter().collect()
    } else {
        args.modes.clone()
    };
    let forms = if args.forms.is_empty() {
        Form::USUAL.to_vec()
    } else {
        args.forms.clone()
    };
    println!("{}", tell::head());
    let (mut grown, mut fits) = (Vec::new(), 0);
    for mode in modes {
        let measured = measure::measure(&program, mode, &args.sizes(mode), &forms, args)?;
        for curve in measured {
            println!("{}", tell::row(&curve));
            fits += 1;
            grown.extend(tell::too_steep(&curve, args.limit));
        }
    }
    println!("scale: {fits} curves, {} too steep", grown.len());
    if !grown.is_empty() {
        bail!("{}", grown.join("\n"));
    }
    Ok(())
}
