//! How much detail to capture, and how many executions to record, so that measuring stays within
//! its budget.

use super::{Figures, WINDOW};

/// What an execution captures beyond times and counts, from everything to nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// All that was asked for, CPU time and I/O of the thread included.
    #[default]
    Cpu = 0,
    /// The heap at every boundary.
    Exact = 1,
    /// The heap once for boundaries close to each other.
    Shared = 2,
    /// No heap.
    Off = 3,
}

impl Detail {
    const ALL: [Self; 4] = [Self::Cpu, Self::Exact, Self::Shared, Self::Off];

    /// The detail of a number; numbers beyond are the last.
    pub fn from_number(number: u32) -> Self {
        Self::ALL[(number as usize).min(Self::ALL.len() - 1)]
    }

    /// The next with less.
    fn below(self) -> Self {
        Self::from_number(self as u32 + 1)
    }
}

/// What the settings ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// CPU time and I/O.
    pub usage: bool,
    /// How the heap is to be read: never [`Detail::Cpu`].
    pub heap: Detail,
}

impl Request {
    /// All of what is asked for.
    pub fn whole(self) -> Detail {
        if self.usage {
            Detail::Cpu
        } else {
            self.heap
        }
    }

    /// What is captured where `detail` is in force.
    pub fn within(self, detail: Detail) -> Detail {
        if detail == Detail::Cpu {
            self.whole()
        } else {
            detail.max(self.heap)
        }
    }

    /// What is left of `captured` when something of it is dropped; `None` where nothing can be.
    fn less_than(self, captured: Detail) -> Option<Detail> {
        match captured {
            Detail::Cpu => Some(self.heap),
            Detail::Off => None,
            heap => Some(heap.below()),
        }
    }

    /// What `captured` becomes when the last thing dropped is taken up again.
    fn more_than(self, captured: Detail) -> Option<Detail> {
        if captured == self.whole() {
            None
        } else if captured > self.heap {
            Some(Detail::from_number(captured as u32 - 1))
        } else {
            Some(Detail::Cpu)
        }
    }
}

/// A step of detail or of thinning, and what led to it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    /// What was captured before.
    pub from: Detail,
    /// What is captured from the next execution on.
    pub to: Detail,
    /// Thinning before.
    pub thinning_was: u8,
    /// Thinning from the next execution on: one in `2^thinning` is recorded.
    pub thinning: u8,
    /// The ratio that was measured or, for a step up, is to be expected after it.
    pub ratio: f64,
    /// The budget it was held against.
    pub budget: f64,
    /// Nanoseconds a stage before the step.
    pub stage_ns: f64,
}

/// A step up needs an expected ratio below this part of the budget, so that neither noise nor a
/// small change of the workload leads straight back down.
const CLEARLY_BELOW: f64 = 0.7;
/// The most that executions are thinned, as a binary logarithm: one in 64 is recorded.
pub const MOST_THINNING: u8 = 6;
/// Windows to wait before a step up, at most.
const MOST_PATIENCE: u64 = 64;

/// Steps detail down where measuring takes more than its budget, and up where it would not.
///
/// A state machine without a clock: it moves only when it is told of a full window. Down, when
/// the ratio is above the budget. Up, when the detail above, at the cost a stage it last had,
/// would take clearly less than the budget of the time a stage takes now. A step down that
/// undoes a step up doubles the number of windows before the next step up.
///
/// Where it may thin and has no detail left to drop, it halves the number of executions that are
/// recorded instead, and doubles it again before any detail comes back. An execution that is not
/// recorded costs next to nothing, so that the ratio halves with their number.
#[derive(Debug)]
pub struct Policy {
    budget: f64,
    may_thin: bool,
    detail: Detail,
    thinning: u8,
    /// Nanoseconds a stage last cost at each detail.
    known_ns: [Option<f64>; 4],
    /// Samples since the last step.
    samples: u64,
    /// Windows a step up waits for.
    patience: u64,
    last_was_up: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self::within(f64::INFINITY)
    }
}

impl Policy {
    /// A policy with a budget, and with everything captured.
    pub fn within(budget: f64) -> Self {
        Self {
            budget,
            may_thin: false,
            detail: Detail::Cpu,
            thinning: 0,
            known_ns: [None; 4],
            samples: 0,
            patience: 1,
            last_was_up: false,
        }
    }

    /// The most that is captured.
    pub fn detail(&self) -> Detail {
        self.detail
    }

    /// How few executions are recorded, as a binary logarithm: one in `2^thinning`.
    pub fn thinning(&self) -> u8 {
        self.thinning
    }

    /// Lets it thin, or makes it record every execution again.
    pub fn let_thin(&mut self, may_thin: bool) {
        self.may_thin = may_thin;
        if !may_thin {
            self.thinning = 0;
        }
    }

    /// A ratio of recorded executions as one of all of them.
    pub(super) fn of_all(&self, ratio: f64) -> f64 {
        ratio / f64::from(1_u32 << self.thinning)
    }

    /// Whether there is a budget to hold.
    pub(super) fn acts(&self) -> bool {
        self.budget < f64::INFINITY
    }

    /// Replaces the budget, and tells whether that changed the detail: an infinite one captures
    /// everything of every execution again.
    pub(super) fn set_budget(&mut self, budget: f64) -> bool {
        let is_none = budget == f64::INFINITY;
        let changes = is_none && self.detail != Detail::Cpu;
        *self = Self {
            may_thin: self.may_thin,
            detail: if is_none { Detail::Cpu } else { self.detail },
            thinning: if is_none { 0 } else { self.thinning },
            known_ns: self.known_ns,
            ..Self::within(budget)
        };
        changes
    }

    /// Counts a sample at the detail in force; answers how many that makes.
    pub(super) fn count(&mut self) -> u64 {
        self.samples += 1;
        self.samples
    }

    /// Decides on a full window, measured at the detail in force.
    pub(super) fn judge(&mut self, figures: &Figures, request: Request) -> Option<Change> {
        let captured = request.within(self.detail);
        let stage_ns = figures.ratio * figures.observed_stage_ns;
        self.known_ns[captured as usize] = Some(stage_ns);
        let now = Change {
            from: captured,
            to: captured,
            thinning_was: self.thinning,
            thinning: self.thinning,
            ratio: self.of_all(figures.ratio),
            budget: self.budget,
            stage_ns,
        };
        let change = if now.ratio > self.budget {
            self.less_than(now, request)
        } else if self.samples < self.patience * WINDOW as u64 {
            None
        } else {
            self.more_than(now, request, figures.observed_stage_ns)
        };
        if let Some(change) = change {
            self.make(&change, request);
        }
        change
    }

    fn less_than(&mut self, now: Change, request: Request) -> Option<Change> {
        let change = match request.less_than(now.from) {
            Some(to) => Change { to, ..now },
            None if self.may_thin && now.thinning < MOST_THINNING => Change {
                thinning: now.thinning + 1,
                ..now
            },
            None => return None,
        };
        if self.last_was_up {
            self.patience = (self.patience * 2).min(MOST_PATIENCE);
        }
        self.last_was_up = false;
        Some(change)
    }

    fn more_than(
        &mut self,
        now: Change,
        request: Request,
        observed_stage_ns: f64,
    ) -> Option<Change> {
        let change = if now.thinning > 0 {
            Change {
                thinning: now.thinning - 1,
                ratio: now.ratio * 2.0,
                ..now
            }
        } else {
            let to = request.more_than(now.from)?;
            // More detail never costs less: what it cost at a calmer time is no promise.
            let known_ns = self.known_ns[to as usize];
            let expected_ns = known_ns.map_or(now.stage_ns, |known| known.max(now.stage_ns));
            let ratio = expected_ns / observed_stage_ns;
            Change { to, ratio, ..now }
        };
        if change.ratio >= self.budget * CLEARLY_BELOW {
            return None;
        }
        self.last_was_up = true;
        Some(change)
    }

    fn make(&mut self, change: &Change, request: Request) {
        self.samples = 0;
        self.thinning = change.thinning;
        if change.to == change.from {
            return;
        }
        // With all of it back, let what is asked for later be captured, too.
        let is_whole = self.last_was_up && change.to == request.whole();
        self.detail = if is_whole { Detail::Cpu } else { change.to };
    }
}
