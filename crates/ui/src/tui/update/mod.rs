//! What each message makes of the model. Nothing here reads, draws or waits.

mod keys;
mod mouse;

use super::areas::Areas;
use super::history::History;
use super::model::{Life, Model, Screen};
use super::msg::{Ask, Effect, Msg};
use super::rows::Wanted;
use super::told::Diagnosis;
use crate::filter::{Diagnosed, Filter, RowMatcher};
use crate::sampler::{Sample, Texts};
use crossterm::event::KeyEventKind;
use keys::on_key;
use mouse::on_mouse;
use rustc_hash::FxHashSet;

/// Changes the model; what is to be done besides is added to `effects`.
pub(crate) fn update(model: &mut Model, msg: Msg, effects: &mut Vec<Effect>) {
    match msg {
        Msg::Key(key) if key.kind == KeyEventKind::Release => {}
        Msg::Key(key) => on_key(model, key, effects),
        Msg::Mouse(mouse) => on_mouse(model, mouse, effects),
        Msg::Resize(width, height) => resize(model, width, height),
        Msg::Opened(title) => {
            model.title = *title;
            model.life = Life::Live;
            model.history = History::default();
            model.diagnosis = None;
            rematch(model);
        }
        Msg::Sampled(sample) => {
            let room = sampled(model, sample);
            effects.push(Effect::Ask(Ask::Room(room)));
        }
        Msg::Threads(threads) => model.threads = threads,
        Msg::Diagnosed(diagnosis) => {
            model.diagnosis = Some(diagnosis);
            rematch(model);
            remake(model);
        }
        Msg::Saved(Ok(path)) => model.notice = Some(format!("saved {path}")),
        Msg::Saved(Err(why)) => model.notice = Some(format!("not saved: {why}")),
        Msg::Note(text) => model.notice = Some(text),
        Msg::Over(why) => {
            model.life = Life::Over(why.to_string());
            model.frozen = false;
        }
        Msg::End => effects.push(Effect::Quit),
        Msg::Suspend => effects.push(Effect::Suspend),
    }
    settle(model);
}

/// The screen is so large now.
pub(crate) fn resize(model: &mut Model, width: u16, height: u16) {
    if model.size != (width, height) {
        model.size = (width, height);
        settle(model);
    }
}

/// Keeps the selection in sight.
fn settle(model: &mut Model) {
    let height = usize::from(Areas::of(model).rows.height);
    let len = model.len();
    model.cursor_mut().scroll(height, len);
}

/// Takes a sample; returns the one before, whose room can be used again.
fn sampled(model: &mut Model, mut sample: Box<Sample>) -> Box<Sample> {
    if sample.anew {
        model.texts = Texts::default();
        model.trends.clear();
        model.table.clear();
        model.baseline = None;
        rematch(model);
    }
    model.texts.absorb(&mut sample.new);
    // One that was on its way when the picture was frozen.
    if model.frozen && !sample.anew {
        return sample;
    }
    std::mem::swap(&mut model.sample, &mut sample);
    model.samples += 1;
    model.history.add(&model.sample);
    remake(model);
    for group in &model.table.groups {
        model.trends.add(group.key, group.count, model.samples);
    }
    // As many groups as there were of late may be there at a time.
    model.table.make_room(model.trends.len());
    model.trends.tidy(model.samples);
    // There are two rooms in turn: what there is more of now, the other one is to have room for, too.
    let more = model.sample.rows.len().saturating_sub(sample.rows.len());
    sample.rows.reserve(more);
    sample
}

/// Makes the tables anew, and finds what was selected again.
pub(super) fn remake(model: &mut Model) {
    let (trends, samples, diagnosis) = (&model.trends, model.samples, &model.diagnosis);
    let is_idle = |id: u64| diagnosis.as_ref().is_some_and(|it| it.is_idle(id));
    model.table.make(
        &model.sample,
        &model.texts,
        Wanted {
            by: &model.by,
            sort: model.sort,
            matcher: model.matcher.as_mut(),
            system: model.system,
            baseline: model.baseline.as_ref(),
            before: &|key| trends.before(key, samples),
            is_idle: &is_idle,
        },
    );
    if let Some(id) = model.follows {
        let row = model.sample.rows.iter().find(|row| row.id == id);
        model.cursor_mut().key = match (model.screen, row) {
            (Screen::Groups, Some(row)) => Some(model.table.key_of(row, &model.by)),
            (Screen::List, Some(_)) => Some(id),
            _ => model.cursor().key,
        };
    }
    reselect(model);
}

/// Goes to where that is now which was selected.
fn reselect(model: &mut Model) {
    let Some(key) = model.cursor().key else {
        return;
    };
    let is_it = |at: &usize| model.key_at(*at) == Some(key);
    if let Some(at) = (0..model.len()).find(is_it) {
        model.cursor_mut().at = at;
    }
}

/// Remembers what is selected now.
fn select(model: &mut Model) {
    let key = model.key_at(model.cursor().at);
    model.cursor_mut().key = key;
    model.nth = 0;
}

/// The filter's answers so far mean nothing any more.
fn rematch(model: &mut Model) {
    let nothing = Diagnosis::default();
    let diagnosis = model.diagnosis.as_deref().unwrap_or(&nothing);
    let filter = model.filter.as_ref();
    model.matcher = filter.map(|(filter, _)| RowMatcher::new(filter, diagnosis));
}

impl Diagnosed for Diagnosis {
    fn on(&self, addr: u64) -> FxHashSet<u64> {
        let objects = self.objects.iter().filter(|object| object.addr == addr);
        objects
            .flat_map(|object| object.waiters.iter().chain(&object.suspects))
            .copied()
            .collect()
    }

    fn idle(&self) -> FxHashSet<u64> {
        self.idle.iter().copied().collect()
    }
}

/// Filters by a filter, as it was written.
pub(crate) fn filter_by(model: &mut Model, filter: Option<(Filter, String)>) {
    model.filter = filter;
    model.trends.clear();
    rematch(model);
    remake(model);
}
