//! What each message makes of the model. Nothing here reads, draws or waits.

use super::areas::Areas;
use super::baseline::Baseline;
use super::cursor::Cursor;
use super::input::Input;
use super::keys::{self, Action};
use super::model::{Life, Model, Over, Screen};
use super::msg::{Ask, Effect, Msg, Save};
use super::rows::{By, Wanted};
use super::told::Diagnosis;
use crate::filter::{Diagnosed, Filter, RowMatcher};
use crate::sampler::{Sample, Texts};
use crossterm::event::{
    KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};
use rustc_hash::FxHashSet;

/// A turn of the wheel, in rows.
const WHEEL: isize = 3;

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
    model.trends.tidy(model.samples);
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

fn on_key(model: &mut Model, key: KeyEvent, effects: &mut Vec<Effect>) {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    if control && key.code == KeyCode::Char('c') {
        effects.push(Effect::Quit);
        return;
    }
    match &mut model.over {
        Over::Nothing => {
            model.notice = None;
            if let Some(action) = keys::action(key) {
                act(model, action, effects);
            }
        }
        Over::Help => model.over = Over::Nothing,
        Over::Save => {
            let what = match key.code {
                KeyCode::Char('t') => Some(Save::Text),
                KeyCode::Char('j') => Some(Save::Json),
                KeyCode::Char('p') => Some(Save::Pprof),
                _ => None,
            };
            model.over = Over::Nothing;
            if let Some(what) = what {
                model.notice = Some("saving ...".to_owned());
                effects.push(Effect::Ask(Ask::Save(what)));
            }
        }
        Over::Filter(input) => match (key.code, control) {
            (KeyCode::Enter, _) => {
                let text = input.text().trim().to_owned();
                filter(model, &text);
            }
            (KeyCode::Esc, _) => model.over = Over::Nothing,
            (KeyCode::Left, _) => input.left(),
            (KeyCode::Right, _) => input.right(),
            (KeyCode::Home, _) | (KeyCode::Char('a'), true) => input.home(),
            (KeyCode::End, _) | (KeyCode::Char('e'), true) => input.end(),
            (KeyCode::Backspace, _) => input.back(),
            (KeyCode::Delete, _) => input.delete(),
            (KeyCode::Char('w'), true) => input.back_word(),
            (KeyCode::Char('u'), true) => input.back_all(),
            (KeyCode::Char(char), false) => input.write(char),
            _ => {}
        },
    }
}

/// Filters by a filter, as it was written.
pub(crate) fn filter_by(model: &mut Model, filter: Option<(Filter, String)>) {
    model.filter = filter;
    model.trends.clear();
    rematch(model);
    remake(model);
}

/// Filters by a text; what is wrong with it stays on the screen with it.
fn filter(model: &mut Model, text: &str) {
    let parsed = match text {
        "" => Ok(None),
        text => Filter::parse(text).map(Some),
    };
    match parsed {
        Ok(filter) => {
            model.over = Over::Nothing;
            filter_by(model, filter.map(|filter| (filter, text.to_owned())));
        }
        Err(refused) => {
            let mut input = Input::of(text);
            let why = refused.to_string();
            input.wrong = Some(why.lines().next().unwrap_or_default().to_owned());
            model.over = Over::Filter(input);
        }
    }
}

fn act(model: &mut Model, action: Action, effects: &mut Vec<Effect>) {
    let len = model.len();
    let page = isize::try_from(Areas::of(model).rows.height.max(1)).unwrap_or(1);
    match action {
        Action::Up => go(model, -1),
        Action::Down => go(model, 1),
        Action::PageUp => go(model, -page),
        Action::PageDown => go(model, page),
        Action::Top => go(model, isize::MIN),
        Action::Bottom => go(model, isize::try_from(len).unwrap_or(isize::MAX)),
        Action::Filter => {
            let text = model.filter.as_ref().map_or("", |(_, text)| text);
            model.over = Over::Filter(Input::of(text));
        }
        Action::NoFilter => filter(model, ""),
        Action::GroupBy => {
            model.by = next_by(model);
            model.trends.clear();
            model.baseline = None;
            model.cursors[Screen::Groups as usize] = Cursor::default();
            remake(model);
        }
        Action::Sort => {
            model.sort = model.sort.next();
            remake(model);
        }
        Action::Enter => {
            model.detail = model.screen != Screen::Runtime && model.len() > 0;
            select(model);
        }
        Action::Back => back(model),
        Action::NextGoroutine => model.nth = model.nth.saturating_add(1),
        Action::PreviousGoroutine => model.nth = model.nth.saturating_sub(1),
        Action::Groups => show(model, Screen::Groups, effects),
        Action::List => show(model, Screen::List, effects),
        Action::Threads => show(model, Screen::Threads, effects),
        Action::Objects => show(model, Screen::Objects, effects),
        Action::Runtime => show(model, Screen::Runtime, effects),
        Action::Changes => show(model, Screen::Changes, effects),
        Action::NextScreen => show(model, model.screen.after(1), effects),
        Action::PreviousScreen => {
            show(model, model.screen.after(Screen::ALL.len() - 1), effects);
        }
        Action::NewBaseline => {
            model.baseline = Some(Baseline::of(&model.table.groups, &model.sample));
            model.notice = Some("the baseline is now".to_owned());
            remake(model);
        }
        Action::Freeze => {
            if model.life == Life::Live {
                model.frozen = !model.frozen;
                effects.push(Effect::Ask(Ask::Freeze(model.frozen)));
            }
        }
        Action::Follow => {
            let selected = model.selected();
            model.follows = match model.follows {
                Some(_) => None,
                None => selected,
            };
        }
        Action::System => {
            model.system = !model.system;
            model.trends.clear();
            remake(model);
        }
        Action::Refresh => {
            model.notice = Some("looking at objects and findings ...".to_owned());
            effects.push(Effect::Ask(Ask::Diagnose));
        }
        Action::Save => model.over = Over::Save,
        Action::Help => model.over = Over::Help,
        Action::Suspend => effects.push(Effect::Suspend),
        Action::Redraw => effects.push(Effect::Redraw),
        Action::Quit => effects.push(Effect::Quit),
    }
}

fn go(model: &mut Model, by: isize) {
    let len = model.len();
    model.follows = None;
    model.cursor_mut().go(by, len);
    select(model);
}

/// One step back: from details, then from a filter, then to the groups.
fn back(model: &mut Model) {
    if model.detail {
        model.detail = false;
    } else if model.follows.is_some() {
        model.follows = None;
    } else if model.filter.is_some() {
        filter(model, "");
    } else {
        model.screen = Screen::Groups;
    }
}

fn show(model: &mut Model, screen: Screen, effects: &mut Vec<Effect>) {
    let before = model.screen;
    if before == screen {
        return;
    }
    model.screen = screen;
    model.detail = false;
    let threads = [before, screen].contains(&Screen::Threads);
    if threads {
        effects.push(Effect::Ask(Ask::Threads(screen == Screen::Threads)));
    }
    if screen == Screen::Changes && model.baseline.is_none() {
        model.baseline = Some(Baseline::of(&model.table.groups, &model.sample));
        model.notice = Some("the baseline is now".to_owned());
        remake(model);
    }
    if screen == Screen::Objects {
        effects.push(Effect::Ask(Ask::Diagnose));
    }
    reselect(model);
}

/// The way to group that follows; by each label that there is, too.
fn next_by(model: &Model) -> By {
    let mut keys: Vec<&[u8]> = model
        .texts
        .labels
        .iter()
        .flat_map(|labels| labels.iter().map(|label| &label.key[..]))
        .collect();
    keys.sort_unstable();
    keys.dedup();
    let label = |key: Option<&&[u8]>| key.map(|key| By::Label(key.to_vec()));
    match &model.by {
        By::Stack => By::Function,
        By::Function => By::Creator,
        By::Creator => By::State,
        By::State => label(keys.first()).unwrap_or_default(),
        By::Label(now) => label(keys.iter().find(|key| **key > &now[..])).unwrap_or_default(),
    }
}

fn on_mouse(model: &mut Model, mouse: MouseEvent, effects: &mut Vec<Effect>) {
    if !matches!(model.over, Over::Nothing) {
        return;
    }
    let areas = Areas::of(model);
    match mouse.kind {
        MouseEventKind::ScrollUp => go(model, -WHEEL),
        MouseEventKind::ScrollDown => go(model, WHEEL),
        MouseEventKind::Down(MouseButton::Left) => {
            let rows = areas.rows;
            if (rows.y..rows.y.saturating_add(rows.height)).contains(&mouse.row) {
                let at = model.cursor().top + usize::from(mouse.row - rows.y);
                if at < model.len() {
                    let again = model.cursor().at == at;
                    model.follows = None;
                    model.cursor_mut().at = at;
                    select(model);
                    model.detail = model.detail || again;
                }
            } else if mouse.row == areas.head.y {
                act(model, Action::Sort, effects);
            } else if mouse.row == areas.filter.y {
                act(model, Action::Filter, effects);
            }
        }
        _ => {}
    }
}
