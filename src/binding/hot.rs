//! The functions that every run calls: numbers in, numbers out, through one private slab.
//!
//! All `unsafe` of the project is in this module. The raw functions take no arguments (one takes
//! the execution's id), allocate nothing once warm, and never throw: they report a [`Status`] in
//! the slab.
#![expect(
    unsafe_code,
    reason = "raw Node-API calls; each block states its invariant"
)]

use super::journal::{publish_bounds, JournalReplay};
use super::layout::{slab, Status, SLAB_LEN};
use crate::engine::history::StageId;
use crate::engine::recorder::{PipelineOutcome, Recorder, State, ThreadUsage};
#[cfg(not(target_os = "linux"))]
pub use crate::engine::time::standard_nanos as monotonic_nanos;
use crate::engine::time::MonotonicClock;
use napi::bindgen_prelude::{Float64Array, Object};
use napi::{sys, Env, Error, JsValue, Result};
use std::cell::{Cell, RefCell};
use std::ffi::{c_char, c_void};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::ptr;
use std::rc::Rc;
use std::sync::Arc;

/// Shared by the functions of one collector. Used on the JavaScript thread only.
pub struct Hot {
    pub recorder: Arc<Recorder>,
    pub clock: MonotonicClock,
    /// Holds the slab's memory alive and in place as long as any function lives.
    slab: RefCell<Float64Array>,
    pub outcome: RefCell<PipelineOutcome>,
    /// The last completed pipeline that the slab was too small for.
    pub encoded: RefCell<Vec<f64>>,
    /// Records and bounds, once the facade has passed them.
    journal: RefCell<Option<Float64Array>>,
    pub replay: RefCell<JournalReplay>,
    /// Id of the execution whose completion, or whose stage's, raised alerts in the last replay.
    pub raised_in: RefCell<Box<str>>,
    /// Bytes in use at the last check, and as reported to V8.
    bytes: Cell<usize>,
    reported: Cell<usize>,
}

/// Bytes that are reported to V8 for a collector without records. Its state, its stages' sketches and its
/// slab take about a third of that; the rest makes V8 collect unused collectors sooner.
const BARE: usize = 256 << 10;
/// Least change in bytes that is reported to V8, as each report costs it some work.
const REPORTED_STEP: usize = 256 << 10;

pub type Slab = [f64; SLAB_LEN];
type Body = fn(&Hot, &mut Slab, &str) -> Status;

impl Hot {
    pub fn new(
        recorder: Arc<Recorder>,
        clock: MonotonicClock,
        slab: Float64Array,
    ) -> Result<Rc<Self>> {
        if slab.len() < SLAB_LEN {
            return Err(Error::from_reason("the slab is too small"));
        }
        Ok(Rc::new(Self {
            recorder,
            clock,
            slab: RefCell::new(slab),
            outcome: RefCell::default(),
            encoded: RefCell::default(),
            journal: RefCell::default(),
            replay: RefCell::default(),
            raised_in: RefCell::default(),
            bytes: Cell::new(BARE),
            reported: Cell::new(0),
        }))
    }

    /// Takes over the array that records are written into, in place of the one before.
    pub fn attach_journal(&self, journal: Float64Array) {
        *self.journal.borrow_mut() = Some(journal);
        if let Some(state) = self.recorder.lock() {
            self.publish_all(&state);
        }
    }

    /// Notes how much memory is in use.
    pub fn weigh(&self, state: &State) {
        self.bytes.set(BARE + state.bytes());
    }

    /// Reports to V8 how much memory is in use, so that it collects collectors that are not used.
    pub fn report_memory(&self, env: Env) -> Result<()> {
        let (bytes, reported) = (self.bytes.get(), self.reported.get());
        self.reported.set(bytes);
        env.adjust_external_memory(bytes.cast_signed() as i64 - reported.cast_signed() as i64)?;
        Ok(())
    }

    /// Reports to V8 that the memory is no longer in use.
    pub fn forget_memory(&self, env: Env) -> Result<()> {
        self.bytes.set(0);
        self.report_memory(env)
    }

    /// Frees memory that is only used while something runs.
    pub fn dispose(&self) {
        *self.journal.borrow_mut() = None;
        *self.replay.borrow_mut() = JournalReplay::default();
        self.encoded.take();
        if let Some(state) = self.recorder.lock() {
            self.weigh(&state);
        }
    }

    /// Forgets the journal's numbers of executions that were abandoned because too many ran.
    pub fn evict(state: &mut State, replay: &mut JournalReplay, numbers: &mut Slab) {
        replay.replay.evict(state);
        numbers[slab::EVICTED] = replay.replay.evicted().len() as f64;
    }

    /// Publishes the bounds of every stage.
    pub fn publish_all(&self, state: &State) {
        self.with_journal(|journal| {
            for stage in 0..state.stage_count() {
                publish_bounds(state, stage, journal);
            }
        });
    }

    /// Publishes the bounds of a stage that learned or whose settings changed.
    pub fn publish(&self, state: &State, stage: StageId) {
        self.with_journal(|journal| publish_bounds(state, stage, journal));
    }

    pub fn with_journal<T>(&self, work: impl FnOnce(&mut [f64]) -> T) -> Option<T> {
        let mut journal = self.journal.borrow_mut();
        let journal = journal.as_mut()?;
        // SAFETY: as for the slab: the facade made the array for this alone and hands it to
        // nothing else; this runs on the JavaScript thread and calls no JavaScript.
        Some(work(unsafe { journal.as_mut() }))
    }

    /// Puts the function `F` on `target`.
    pub fn add<F: HotFunction>(
        self: &Rc<Self>,
        env: Env,
        target: &Object<'_>,
        name: &std::ffi::CStr,
    ) -> Result<()> {
        let data = Rc::into_raw(Rc::clone(self)).cast_mut().cast::<c_void>();
        let mut function = ptr::null_mut();
        // SAFETY: `env` is the live environment of this call, `name` is NUL-terminated, and
        // `data` is an `Rc` of its own for this function, released by the finalizer that is
        // attached to it. Should attaching fail, the `Rc` leaks, which is sound.
        unsafe {
            check(sys::napi_create_function(
                env.raw(),
                name.as_ptr(),
                name.count_bytes().cast_signed(),
                Some(raw::<F>),
                data,
                &raw mut function,
            ))?;
            check(sys::napi_add_finalizer(
                env.raw(),
                function,
                data,
                Some(release),
                ptr::null_mut(),
                ptr::null_mut(),
            ))?;
            check(sys::napi_set_named_property(
                env.raw(),
                target.raw(),
                name.as_ptr(),
                function,
            ))
        }
    }

    fn run(&self, body: Body, id: &str) {
        let mut slab = self.slab.borrow_mut();
        // SAFETY: the array was made by the facade for this purpose over a buffer of its own
        // that it never hands out, so nothing else reads or writes it during this call, which
        // runs on the JavaScript thread and calls no JavaScript.
        let Some(numbers) = unsafe { slab.as_mut() }.first_chunk_mut::<SLAB_LEN>() else {
            return;
        };
        let status = catch_unwind(AssertUnwindSafe(|| body(self, numbers, id)));
        numbers[slab::STATUS] = f64::from(status.unwrap_or(Status::Faulted) as u8);
    }
}

fn check(status: sys::napi_status) -> Result<()> {
    if status == sys::Status::napi_ok {
        Ok(())
    } else {
        Err(Error::from_reason("Node-API refused to make a function"))
    }
}

unsafe extern "C" fn release(_: sys::napi_env, data: *mut c_void, _: *mut c_void) {
    // SAFETY: `data` came from `Rc::into_raw` in `add`, for one function, whose finalizer runs
    // once and on the JavaScript thread.
    drop(unsafe { Rc::from_raw(data.cast::<Hot>()) });
}

/// One hot function: what it does with the slab, and whether it takes an id.
pub trait HotFunction {
    const TAKES_ID: bool = false;
    fn body(hot: &Hot, numbers: &mut Slab, id: &str) -> Status;
}

unsafe extern "C" fn raw<F: HotFunction>(
    env: sys::napi_env,
    info: sys::napi_callback_info,
) -> sys::napi_value {
    let mut data = ptr::null_mut();
    let mut argument = ptr::null_mut();
    let mut count = usize::from(F::TAKES_ID);
    // SAFETY: Node-API calls this with a live environment and info; `argument` has room for
    // the one value asked for, and none is written where `count` is 0.
    let status = unsafe {
        sys::napi_get_cb_info(
            env,
            info,
            &raw mut count,
            &raw mut argument,
            ptr::null_mut(),
            &raw mut data,
        )
    };
    if status != sys::Status::napi_ok || data.is_null() {
        return ptr::null_mut();
    }
    // SAFETY: `data` is the `Rc` made in `add`; the function being called keeps it alive.
    let hot = unsafe { &*data.cast::<Hot>() };
    if F::TAKES_ID {
        // SAFETY: same environment, and a value that is live for this call.
        unsafe { with_text(env, argument, |id| hot.run(F::body, id)) };
    } else {
        hot.run(F::body, "");
    }
    if hot.bytes.get().abs_diff(hot.reported.get()) >= REPORTED_STEP {
        // It fails only where the environment goes, and the memory with it.
        let _ = hot.report_memory(Env::from_raw(env));
    }
    ptr::null_mut()
}

/// Gives `use_text` the UTF-8 of a JavaScript string; the empty text if it is none.
///
/// # Safety
///
/// `env` must be live, and `value` a value of it that is live for this call.
unsafe fn with_text(env: sys::napi_env, value: sys::napi_value, use_text: impl FnOnce(&str)) {
    const SHORT: usize = 128;
    let mut short = [0u8; SHORT];
    let mut len = 0;
    // SAFETY: the buffer has the length that is given, as the caller promised the rest.
    let read = |buffer: &mut [u8], len: &mut usize| unsafe {
        sys::napi_get_value_string_utf8(
            env,
            value,
            buffer.as_mut_ptr().cast::<c_char>(),
            buffer.len(),
            ptr::from_mut(len),
        )
    };
    if read(&mut short, &mut len) != sys::Status::napi_ok {
        return use_text("");
    }
    // A text that leaves less room than its longest character needs may have been cut short.
    if len + 4 < SHORT {
        return use_text(std::str::from_utf8(&short[..len]).unwrap_or_default());
    }
    // SAFETY: without a buffer the call writes the length alone.
    unsafe { sys::napi_get_value_string_utf8(env, value, ptr::null_mut(), 0, &raw mut len) };
    let mut long = vec![0u8; len + 1];
    read(&mut long, &mut len);
    use_text(std::str::from_utf8(&long[..len]).unwrap_or_default());
}

/// The system's monotonic clock, by the call that the standard library makes, without the
/// arithmetic around it. Costs about 25 ns.
#[cfg(target_os = "linux")]
pub fn monotonic_nanos() -> i64 {
    let mut now = std::mem::MaybeUninit::<libc::timespec>::uninit();
    // SAFETY: the call writes the whole struct where it answers 0, and only then is it read.
    let now = unsafe {
        if libc::clock_gettime(libc::CLOCK_MONOTONIC, now.as_mut_ptr()) != 0 {
            return 0;
        }
        now.assume_init()
    };
    now.tv_sec * 1_000_000_000 + now.tv_nsec
}

/// CPU time and block I/O of this thread so far; `None` where the system does not report it.
///
/// CPU time is from the thread's own clock: `getrusage` counts it in scheduler ticks on some
/// kernels, which is 0 for most stages. Costs about 700 ns.
#[cfg(target_os = "linux")]
pub fn thread_usage() -> Option<ThreadUsage> {
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::uninit();
    let mut cpu = std::mem::MaybeUninit::<libc::timespec>::uninit();
    // SAFETY: each call writes its whole struct where it answers 0, and only then is it read.
    let (usage, cpu) = unsafe {
        if libc::getrusage(libc::RUSAGE_THREAD, usage.as_mut_ptr()) != 0
            || libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, cpu.as_mut_ptr()) != 0
        {
            return None;
        }
        (usage.assume_init(), cpu.assume_init())
    };
    Some(ThreadUsage {
        cpu_ms: cpu.tv_sec as f64 * 1e3 + cpu.tv_nsec as f64 / 1e6,
        io_operations: (usage.ru_inblock + usage.ru_oublock) as f64,
    })
}

#[cfg(not(target_os = "linux"))]
pub fn thread_usage() -> Option<ThreadUsage> {
    None
}
