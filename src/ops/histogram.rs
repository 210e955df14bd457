//! `internalBinding('histogram')`: histograms by number, for js/internal/histogram.js.
//!
//! A number stands for a share in a histogram, in this isolate, until `release`.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use v8::fast_api::{CFunction, CFunctionInfo, FastApiCallbackOptions, Int64Representation, Type};

use super::args::{List, arg_bool, arg_f64, arg_function, arg_i32, arg_u32};
use super::state::event_loop;
use super::{OpDecl, OpError, OpResult, async_op};
use crate::observe::density::{self, Spread};
use crate::observe::histogram::SharedHistogram;
use crate::op;

/// This area's operations.
pub(crate) const OPS: &[OpDecl] = &[
    op!("create", 5, create),
    op!("release", 1, release),
    op!("record", 2, record, &[RECORD_FAST]),
    op!("recordCorrected", 3, record_corrected),
    op!("add", 2, add),
    op!("subtract", 2, subtract),
    op!("layout", 1, layout),
    op!("reset", 1, reset),
    op!("figure", 3, figure),
    op!("percentile", 3, percentile),
    op!("percentiles", 2, percentiles),
    op!("counters", 1, counters),
    op!("recentState", 1, recent_state),
    op!("restore", 3, restore),
    op!("quantiles", 4, quantiles),
    op!("sampleTurns", 2, sample_turns),
];

type Scope<'a, 's, 'i> = &'a mut v8::PinScope<'s, 'i>;
type Args<'a, 's> = &'a v8::FunctionCallbackArguments<'s>;
type Rv<'a> = v8::ReturnValue<'a, v8::Value>;

/// The shares of one isolate, in a slot of its own: values are recorded often.
#[derive(Default)]
struct Shares {
    histograms: RefCell<Vec<Option<Arc<SharedHistogram>>>>,
    free: RefCell<Vec<u32>>,
}

impl Shares {
    fn get(&self, id: u32) -> Option<Arc<SharedHistogram>> {
        self.histograms.borrow().get(id as usize)?.clone()
    }
}

/// Gives this isolate a share in `histogram`; its number.
pub(crate) fn adopt(scope: &mut v8::PinScope, histogram: Arc<SharedHistogram>) -> u32 {
    let shares = match scope.get_slot::<Rc<Shares>>() {
        Some(shares) => shares.clone(),
        None => {
            let shares = Rc::<Shares>::default();
            scope.set_slot(shares.clone());
            shares
        }
    };
    let mut histograms = shares.histograms.borrow_mut();
    if let Some(id) = shares.free.borrow_mut().pop() {
        histograms[id as usize] = Some(histogram);
        return id;
    }
    histograms.push(Some(histogram));
    u32::try_from(histograms.len() - 1).unwrap_or(u32::MAX)
}

/// The histogram with number `id`.
pub(crate) fn by_id(scope: &v8::PinScope, id: u32) -> OpResult<Arc<SharedHistogram>> {
    let histogram = scope.get_slot::<Rc<Shares>>().and_then(|shares| shares.get(id));
    histogram.ok_or_else(|| OpError::error("ERR_INTERNAL_ASSERTION", "No such histogram"))
}

fn arg(scope: Scope, args: Args, index: i32) -> OpResult<Arc<SharedHistogram>> {
    let id = arg_u32(scope, args, index)?;
    by_id(scope, id)
}

/// `create(lowest, highest, figures, halfLife, threshold)`: the number. Bounds may be BigInts; the latter two are 0 for none.
fn create(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    let bound = |scope: Scope, index| -> OpResult<u64> {
        match v8::Local::<v8::BigInt>::try_from(args.get(index)) {
            Ok(bound) => Ok(bound.u64_value().0),
            Err(_) => Ok(arg_f64(scope, args, index)? as u64),
        }
    };
    let (lowest, highest) = (bound(scope, 0)?, bound(scope, 1)?);
    let figures = arg_u32(scope, args, 2)? as u8;
    let (half_life, threshold) = (arg_f64(scope, args, 3)?, arg_f64(scope, args, 4)?);
    let histogram = SharedHistogram::weighing(lowest, highest, figures, half_life, threshold)
        .ok_or_else(|| OpError::error("ERR_INVALID_ARG_VALUE", "The bounds of the histogram are too large"))?;
    let id = adopt(scope, Arc::new(histogram));
    rv.set_uint32(id);
    Ok(())
}

/// `release(id)`.
fn release(scope: Scope, args: Args, _: Rv) -> OpResult {
    let id = arg_u32(scope, args, 0)?;
    if let Some(shares) = scope.get_slot::<Rc<Shares>>()
        && let Some(place) = shares.histograms.borrow_mut().get_mut(id as usize)
        && place.take().is_some()
    {
        shares.free.borrow_mut().push(id);
    }
    Ok(())
}

/// `record(id, value)`.
fn record(scope: Scope, args: Args, _: Rv) -> OpResult {
    let histogram = arg(scope, args, 0)?;
    let value = match v8::Local::<v8::BigInt>::try_from(args.get(1)) {
        Ok(value) => value.u64_value().0,
        Err(_) => arg_f64(scope, args, 1)? as u64,
    };
    histogram.record(value);
    Ok(())
}

/// `record` from optimised code.
extern "C" fn record_fast(
    _receiver: v8::Local<v8::Value>,
    id: u32,
    value: f64,
    options: *const FastApiCallbackOptions,
) {
    // SAFETY: V8 passes options that are valid for the call, of the isolate that runs on this thread; nothing else
    // refers to the isolate mutably while optimised code runs, and only a slot is read.
    let isolate = unsafe { (*options).isolate_unchecked() };
    if let Some(shares) = isolate.get_slot::<Rc<Shares>>()
        && let Some(Some(histogram)) = shares.histograms.borrow().get(id as usize)
    {
        histogram.record(value as u64);
    }
}

const RECORD_FAST: CFunction = CFunction::new(
    record_fast as *const std::ffi::c_void,
    &CFunctionInfo::new(
        Type::Void.as_info(),
        &[Type::V8Value.as_info(), Type::Uint32.as_info(), Type::Float64.as_info(), Type::CallbackOptions.as_info()],
        Int64Representation::Number,
    ),
);

/// `recordCorrected(id, value, interval)`.
fn record_corrected(scope: Scope, args: Args, _: Rv) -> OpResult {
    let histogram = arg(scope, args, 0)?;
    let (value, interval) = (arg_f64(scope, args, 1)?, arg_f64(scope, args, 2)?);
    histogram.record_corrected(value as u64, interval as u64);
    Ok(())
}

/// `add(id, other)`.
fn add(scope: Scope, args: Args, _: Rv) -> OpResult {
    let (histogram, other) = (arg(scope, args, 0)?, arg(scope, args, 1)?);
    histogram.add(&other);
    Ok(())
}

/// `subtract(id, other)`.
fn subtract(scope: Scope, args: Args, _: Rv) -> OpResult {
    let (histogram, other) = (arg(scope, args, 0)?, arg(scope, args, 1)?);
    histogram.subtract(&other);
    Ok(())
}

/// `layout(id)`: [lowest, highest, figures].
fn layout(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    let (lowest, highest, figures) = arg(scope, args, 0)?.layout();
    let numbers =
        [lowest as f64, highest as f64, f64::from(figures)].map(|number| v8::Number::new(scope, number).into());
    rv.set(v8::Array::new_with_elements(scope, &numbers).into());
    Ok(())
}

/// `reset(id)`.
fn reset(scope: Scope, args: Args, _: Rv) -> OpResult {
    arg(scope, args, 0)?.reset();
    Ok(())
}

fn set_count(scope: Scope, rv: &mut Rv, value: u64, as_bigint: bool) {
    if as_bigint {
        rv.set(v8::BigInt::new_from_u64(scope, value).into());
    } else {
        rv.set_double(value as f64);
    }
}

/// `figure(id, which, asBigInt)`: 0 count, 1 min, 2 max, 3 exceeds, 4 mean, 5 stddev, 6 skewness, 7 kurtosis;
/// by weight: 8 mean, 9 stddev, 10 share of errors.
fn figure(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    let histogram = arg(scope, args, 0)?;
    let which = arg_i32(scope, args, 1)?;
    if let Some(figure) = usize::try_from(which - 8).ok().and_then(|place| histogram.recent().get(place).copied()) {
        rv.set_double(figure);
        return Ok(());
    }
    let summary = histogram.summary();
    let as_bigint = arg_bool(scope, args, 2);
    match which {
        0 => set_count(scope, &mut rv, summary.count, as_bigint),
        1 => set_count(scope, &mut rv, summary.min, as_bigint),
        2 => set_count(scope, &mut rv, summary.max, as_bigint),
        3 => set_count(scope, &mut rv, summary.exceeds, as_bigint),
        4 => rv.set_double(summary.mean),
        5 => rv.set_double(summary.stddev),
        6 => rv.set_double(summary.skewness),
        _ => rv.set_double(summary.kurtosis),
    }
    Ok(())
}

/// `percentile(id, percentile, asBigInt)`.
fn percentile(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    let percentile = arg_f64(scope, args, 1)?;
    let value = arg(scope, args, 0)?.percentile(percentile);
    let as_bigint = arg_bool(scope, args, 2);
    set_count(scope, &mut rv, value, as_bigint);
    Ok(())
}

fn list<'s>(scope: &mut v8::PinScope<'s, '_>, numbers: impl Iterator<Item = f64>) -> v8::Local<'s, v8::Array> {
    let values: Vec<v8::Local<v8::Value>> = numbers.map(|number| v8::Number::new(scope, number).into()).collect();
    v8::Array::new_with_elements(scope, &values)
}

/// `percentiles(id, asBigInt)`: [percentile, value, ...].
fn percentiles(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    let percentiles = arg(scope, args, 0)?.percentiles();
    let as_bigint = arg_bool(scope, args, 1);
    let mut values: Vec<v8::Local<v8::Value>> = Vec::with_capacity(percentiles.len() * 2);
    for (percentile, value) in percentiles {
        values.push(v8::Number::new(scope, percentile).into());
        values.push(if as_bigint {
            v8::BigInt::new_from_u64(scope, value).into()
        } else {
            v8::Number::new(scope, value as f64).into()
        });
    }
    rv.set(v8::Array::new_with_elements(scope, &values).into());
    Ok(())
}

/// `counters(id)`: [lowest value, how many values share it, count, ...] of the counters in use.
fn counters(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    let counters = arg(scope, args, 0)?.counters();
    let numbers = list(scope, counters.iter().flatten().map(|number| *number as f64));
    rv.set(numbers.into());
    Ok(())
}

/// `recentState(id)`: [weight of the newest, mean, variance, share of errors, threshold]; undefined without a half-life.
fn recent_state(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    if let Some(state) = arg(scope, args, 0)?.recent_state() {
        rv.set(list(scope, state.into_iter()).into());
    }
    Ok(())
}

/// The numbers of the `Float64Array` at `index`; none of anything else.
fn numbers(args: Args, index: i32) -> Vec<f64> {
    let Ok(array) = v8::Local::<v8::Float64Array>::try_from(args.get(index)) else { return Vec::new() };
    let mut bytes = vec![0; array.byte_length()];
    array.copy_contents(&mut bytes);
    bytes.as_chunks().0.iter().map(|number| f64::from_ne_bytes(*number)).collect()
}

/// `restore(id, counters, recent)`, of an empty one: [value, count, ...] and what `recentState` gave. False where it cannot hold that.
fn restore(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    let histogram = arg(scope, args, 0)?;
    let counters: Vec<_> =
        numbers(args, 1).as_chunks().0.iter().map(|pair: &[f64; 2]| pair.map(|n| n as u64)).collect();
    let recent = numbers(args, 2).try_into().ok();
    rv.set_bool(histogram.restore(&counters, recent));
    Ok(())
}

/// `quantiles(id, probabilities, spread, callback)`, of the values there are now: [count, counters in use, corrections, quantile ...].
/// `spread` is 0 for none, 1 for counters of several values, 2 for all.
fn quantiles(scope: Scope, args: Args, _: Rv) -> OpResult {
    let counters = arg(scope, args, 0)?.counters();
    let probabilities = numbers(args, 1);
    let spread = match arg_u32(scope, args, 2)? {
        0 => Spread::None,
        1 => Spread::Wide,
        _ => Spread::All,
    };
    let callback = arg_function(args, 3)?;
    async_op::blocking(scope, callback, true, move || {
        let found = density::quantiles(&counters, &probabilities, spread);
        let count = counters.iter().map(|counter| counter[2]).sum::<u64>() as f64;
        let mut answer = vec![count, counters.len() as f64, f64::from(found.corrections)];
        answer.extend(found.values);
        Ok(List(answer))
    });
    Ok(())
}

/// `sampleTurns(id, on)`: from now on the loop records into the histogram, once a turn, how long it was late; or no more.
/// False where that is so already.
fn sample_turns(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    let histogram = arg(scope, args, 0)?;
    let on = arg_bool(scope, args, 1);
    rv.set_bool(event_loop(scope).sample_turns(&histogram, on));
    Ok(())
}
