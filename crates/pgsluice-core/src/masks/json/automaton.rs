//! Turns paths into states, so that a step down costs one lookup however many paths there are.

use std::collections::BTreeMap;

use super::path::Step;
use crate::error::Refusal;

/// More states than this come of wildcards that multiply, not of a document anyone wrote rules for.
const STATES_MAX: usize = 10_000;

/// The state from which no rule can be reached any more.
pub(super) const DEAD: usize = 0;
/// The state of the whole document.
pub(super) const ROOT: usize = 1;

/// What can follow at one place of a document.
#[derive(Debug, Default)]
pub(super) struct State {
    /// The rule for exactly this place.
    pub(super) rule: Option<usize>,
    /// Named members in order, and where they lead.
    names: Vec<(Vec<u8>, usize)>,
    other_name: usize,
    indexes: Vec<(u64, usize)>,
    other_index: usize,
    /// Whether a rule can stand below.
    pub(super) goes_on: bool,
}

impl State {
    /// Where the member `name` leads, and whether a path names it.
    pub(super) fn member(&self, name: &[u8]) -> (usize, bool) {
        match self.names.binary_search_by(|(known, _)| known.as_slice().cmp(name)) {
            Ok(place) => (self.names[place].1, true),
            Err(_) => (self.other_name, false),
        }
    }

    /// Where the element at `index` leads.
    pub(super) fn element(&self, index: u64) -> usize {
        let found = self.indexes.binary_search_by_key(&index, |(known, _)| *known);
        found.map_or(self.other_index, |place| self.indexes[place].1)
    }
}

/// Make the states of paths; a rule is the place of its path in `paths`.
///
/// Where several paths lead to one place, the one wins whose first wildcard stands further down.
///
/// # Errors
/// If two paths are the same, or there are too many states.
pub(super) fn compile(paths: &[Vec<Step>]) -> Result<Vec<State>, Refusal> {
    let mut order: Vec<usize> = (0..paths.len()).collect();
    order.sort_by_key(|&rule| paths[rule].iter().map(Step::is_wild).collect::<Vec<_>>());
    if (1..paths.len()).any(|last| paths[..last].contains(&paths[last])) {
        return Err(Refusal::new(
            "parameter",
            "two paths of mask \"json\" lead to the same place",
            "Leave one of them out; $.a and $.\"a\" are the same.",
        ));
    }
    let mut compiler = Compiler { paths, states: vec![State::default()], known: BTreeMap::new() };
    let root = compiler.state(0, &order)?;
    debug_assert!(root <= ROOT);
    if root == DEAD {
        compiler.states.push(State::default());
    }
    Ok(compiler.states)
}

struct Compiler<'a> {
    paths: &'a [Vec<Step>],
    states: Vec<State>,
    /// The state of each depth and set of rules that can still be reached.
    known: BTreeMap<(usize, Vec<usize>), usize>,
}

impl Compiler<'_> {
    /// The state in which `rules`, the strongest first, have gone `depth` steps.
    fn state(&mut self, depth: usize, rules: &[usize]) -> Result<usize, Refusal> {
        if rules.is_empty() {
            return Ok(DEAD);
        }
        if let Some(&known) = self.known.get(&(depth, rules.to_vec())) {
            return Ok(known);
        }
        if self.states.len() > STATES_MAX {
            return Err(Refusal::new(
                "parameter",
                format!("the paths of mask \"json\" need more than {STATES_MAX} states"),
                "Use fewer paths, or fewer of them with wildcards.",
            ));
        }
        let place = self.states.len();
        self.states.push(State::default());
        self.known.insert((depth, rules.to_vec()), place);

        let paths = self.paths;
        let next = |rule: usize| paths[rule].get(depth);
        let leading = |wanted: &Step, wild: &Step| -> Vec<usize> {
            rules
                .iter()
                .copied()
                .filter(|&rule| next(rule).is_some_and(|s| s == wanted || s == wild))
                .collect()
        };
        let mut state = State {
            rule: rules.iter().copied().find(|&rule| paths[rule].len() == depth),
            goes_on: rules.iter().any(|&rule| paths[rule].len() > depth),
            ..State::default()
        };
        state.other_name = self.state(depth + 1, &leading(&Step::AnyName, &Step::AnyName))?;
        state.other_index = self.state(depth + 1, &leading(&Step::AnyIndex, &Step::AnyIndex))?;
        for step in rules.iter().filter_map(|&rule| next(rule)) {
            match step {
                Step::Name(name) if !state.names.iter().any(|(known, _)| known == name) => {
                    let to = self.state(depth + 1, &leading(step, &Step::AnyName))?;
                    state.names.push((name.clone(), to));
                }
                Step::Index(index) if !state.indexes.iter().any(|(known, _)| known == index) => {
                    let to = self.state(depth + 1, &leading(step, &Step::AnyIndex))?;
                    state.indexes.push((*index, to));
                }
                _ => {}
            }
        }
        state.names.sort();
        state.indexes.sort_unstable();
        self.states[place] = state;
        Ok(place)
    }
}
