//! `internalBinding('zlib')`: compression for js/node/zlib.js and js/internal/zlib/: zlib's three formats, Brotli,
//! Zstandard and CRC-32.
//!
//! A stream's native side is a resource: a [`Codec`] and the input it has not taken yet. A call processes a piece of
//! input into at most as much output as js/ wants at once, in place (`writeSync`) or on a blocking thread (`write`).
//! js/ starts one call at a time on a stream and closes streams that it abandons; a stream closed while a call is under
//! way lives until that is over, because the call holds it too.
//!
//! What goes to a blocking thread is copied, and comes back in memory of its own: the script may change or detach its
//! buffers meanwhile, and no Rust slice may lie over memory that others write to. A copy costs about a hundredth of
//! what any of the codecs does with the bytes.

mod brotli_memory;
mod brotli_stream;
mod codec;
mod zlib_stream;
mod zstd_stream;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use self::codec::{Codec, Failure, Output};
use self::zlib_stream::{Mode, Settings, ZlibStream};
use super::OpDecl;
use super::args::{IntoJs, Region, arg_bool, arg_bytes, arg_f64, arg_function, arg_i32, arg_region, arg_u32, string};
use super::async_op;
use super::error::{OpError, OpResult};
use super::state::{ResourceId, op_state};
use crate::op;

/// This area's operations.
pub const OPS: &[OpDecl] = &[
    op!("openZlib", 7, open_zlib),
    op!("openBrotli", 3, open_brotli),
    op!("openZstd", 5, open_zstd),
    op!("write", 5, write),
    op!("writeSync", 5, write_sync),
    op!("whole", 5, whole),
    op!("wholeSync", 4, whole_sync),
    op!("setParams", 3, set_params),
    op!("reset", 1, reset),
    op!("close", 1, close),
    op!("crc32", 2, crc32),
];

type Scope<'a, 's, 'i> = &'a mut v8::PinScope<'s, 'i>;
type Args<'a, 's> = &'a v8::FunctionCallbackArguments<'s>;
type Return<'a> = v8::ReturnValue<'a, v8::Value>;

/// What a call works on, wherever it runs.
struct Work {
    codec: Box<dyn Codec>,
    /// Input of asynchronous writes, and how much of it was taken.
    input: Vec<u8>,
    taken: usize,
}

/// The native side of a stream.
struct Stream {
    work: Arc<Mutex<Work>>,
    /// What V8 was told this stream holds.
    accounted: Cell<usize>,
    /// Parameters of a stream that may serve again.
    reusable: Option<Settings>,
}

/// The last deflate stream that did a whole call's work, reset, for the next call of its parameters: making one means
/// 256 kB of cleared memory, which is most of the work where there is little to compress.
#[derive(Default)]
struct Idle(RefCell<Option<(Settings, Box<dyn Codec>)>>);

fn lock(work: &Mutex<Work>) -> MutexGuard<'_, Work> {
    // A codec that panicked may be in any state, but none that is unsafe: it is judged by what it answers next.
    work.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Stream {
    /// Tells V8 of the memory the stream holds, so that garbage collection takes it into account.
    fn account(&self, isolate: &mut v8::Isolate, bytes: usize) {
        let change = bytes as i64 - self.accounted.replace(bytes) as i64;
        if change != 0 {
            isolate.adjust_amount_of_external_allocated_memory(change);
        }
    }
}

// ---- opening ------------------------------------------------------------------

fn refused(failure: Failure) -> OpError {
    OpError::error(failure.code, failure.message)
}

fn add(scope: Scope, mut rv: Return, codec: Box<dyn Codec>, reusable: Option<Settings>) {
    let memory = codec.memory();
    let work = Arc::new(Mutex::new(Work { codec, input: Vec::new(), taken: 0 }));
    let stream = Rc::new(Stream { work, accounted: Cell::new(0), reusable });
    stream.account(scope, memory);
    let id = op_state(scope).borrow_mut().resources.add(stream);
    rv.set_uint32(id);
}

fn opened(scope: &v8::PinScope, id: ResourceId) -> OpResult<Rc<Stream>> {
    op_state(scope)
        .borrow()
        .resources
        .get::<Stream>(id)
        .ok_or_else(|| OpError::error("ERR_INTERNAL_ASSERTION", "zlib binding closed"))
}

/// The stream's work, for a synchronous call. Refused while an asynchronous one is under way.
fn idle(stream: &Stream) -> OpResult<MutexGuard<'_, Work>> {
    use std::sync::TryLockError;
    match stream.work.try_lock() {
        Ok(work) => Ok(work),
        Err(TryLockError::Poisoned(poisoned)) => Ok(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => Err(OpError::error("ERR_INTERNAL_ASSERTION", "write already in progress")),
    }
}

fn bytes_if_any(args: Args, index: i32) -> OpResult<Option<Vec<u8>>> {
    if args.get(index).is_undefined() { Ok(None) } else { arg_bytes(args, index).map(Some) }
}

/// `openZlib(mode, windowBits, level, memLevel, strategy, dictionary, manyMembers)`: id of a stream.
fn open_zlib(scope: Scope, args: Args, rv: Return) -> OpResult {
    let mode = Mode::from_number(arg_u32(scope, args, 0)?);
    let settings = Settings {
        mode: mode.ok_or_else(|| OpError::error("ERR_INTERNAL_ASSERTION", "Bad argument"))?,
        window_bits: arg_i32(scope, args, 1)?,
        level: arg_i32(scope, args, 2)?,
        mem_level: arg_i32(scope, args, 3)?,
        strategy: arg_i32(scope, args, 4)?,
        dictionary: bytes_if_any(args, 5)?,
        many_members: arg_bool(scope, args, 6),
    };
    if !settings.mode.deflates() || settings.dictionary.is_some() {
        add(scope, rv, Box::new(ZlibStream::new(settings).map_err(refused)?), None);
        return Ok(());
    }
    let idle = op_state(scope).borrow_mut().value::<Idle>();
    let kept = idle.0.borrow_mut().take_if(|(kept, _)| *kept == settings);
    let codec = match kept {
        Some((_, codec)) => codec,
        None => Box::new(ZlibStream::new(settings.clone()).map_err(refused)?),
    };
    add(scope, rv, codec, Some(settings));
    Ok(())
}

/// Keeps what is left of `stream` after a whole call.
fn keep(scope: Scope, stream: Rc<Stream>) {
    let Some(Stream { work, reusable: Some(settings), .. }) = Rc::into_inner(stream) else { return };
    let Some(work) = Arc::into_inner(work) else { return };
    let mut codec = work.into_inner().unwrap_or_else(PoisonError::into_inner).codec;
    if codec.reset().is_ok() {
        let idle = op_state(scope).borrow_mut().value::<Idle>();
        *idle.0.borrow_mut() = Some((settings, codec));
    }
}

/// Numbers in turns: parameter, value, parameter, value ...
fn pairs(scope: Scope, args: Args, index: i32) -> OpResult<Vec<(u32, i64)>> {
    let Ok(list) = v8::Local::<v8::Array>::try_from(args.get(index)) else { return Ok(Vec::new()) };
    let mut numbers = Vec::with_capacity(list.length() as usize);
    for i in 0..list.length() {
        let value = list.get_index(scope, i).ok_or_else(OpError::pending)?;
        numbers.push(value.integer_value(scope).ok_or_else(OpError::pending)?);
    }
    Ok(numbers.chunks_exact(2).map(|pair| (pair[0] as u32, pair[1])).collect())
}

/// `openBrotli(compress, params, dictionary)`
fn open_brotli(scope: Scope, args: Args, rv: Return) -> OpResult {
    let params = pairs(scope, args, 1)?.into_iter().map(|(param, value)| (param, value as u32)).collect();
    let dictionary = bytes_if_any(args, 2)?;
    let codec: Box<dyn Codec> = if args.get(0).is_true() {
        Box::new(brotli_stream::Compressor::new(params, dictionary).map_err(refused)?)
    } else {
        Box::new(brotli_stream::Decompressor::new(params, dictionary).map_err(refused)?)
    };
    add(scope, rv, codec, None);
    Ok(())
}

/// `openZstd(compress, params, pledgedSrcSize, dictionary, rejectGarbage)`
fn open_zstd(scope: Scope, args: Args, rv: Return) -> OpResult {
    let params = pairs(scope, args, 1)?.into_iter().map(|(param, value)| (param, value as i32)).collect();
    let size = if args.get(2).is_undefined() { None } else { Some(arg_f64(scope, args, 2)? as u64) };
    let dictionary = bytes_if_any(args, 3)?;
    let codec: Box<dyn Codec> = if args.get(0).is_true() {
        Box::new(zstd_stream::Compressor::new(&params, size, dictionary.as_deref()).map_err(refused)?)
    } else {
        Box::new(
            zstd_stream::Decompressor::new(&params, dictionary.as_deref(), arg_bool(scope, args, 4))
                .map_err(refused)?,
        )
    };
    add(scope, rv, codec, None);
    Ok(())
}

// ---- processing ---------------------------------------------------------------

/// What a call did.
struct Written {
    id: ResourceId,
    bytes: Vec<u8>,
    taken: usize,
    /// The output is as long as it may be: there may be more.
    full: bool,
    failure: Option<Failure>,
    memory: usize,
}

/// `[bytes or undefined, taken, full]`, and where it failed `message, code, errno` after that.
impl IntoJs for Written {
    fn into_js<'s>(self, scope: &mut v8::PinScope<'s, '_>) -> OpResult<v8::Local<'s, v8::Value>> {
        if let Ok(stream) = opened(scope, self.id) {
            stream.account(scope, self.memory);
        }
        let bytes = if self.bytes.is_empty() { None } else { Some(self.bytes) };
        let mut values = vec![bytes.into_js(scope)?, self.taken.into_js(scope)?, self.full.into_js(scope)?];
        if let Some(failure) = self.failure {
            values.push(string(scope, &failure.message)?.into());
            values.push(string(scope, &failure.code)?.into());
            values.push(failure.errno.into_js(scope)?);
        }
        Ok(v8::Array::new_with_elements(scope, &values).into())
    }
}

/// Lets `codec` process `input`.
fn process(id: ResourceId, codec: &mut dyn Codec, flush: u32, input: &[u8], mut out: Output) -> Written {
    let (taken, mut result) = codec.write(flush, input, &mut out);
    if out.is_exhausted() {
        result = Err(Failure::new("insufficient memory", "Z_MEM_ERROR", -4));
    }
    Written { id, taken, full: out.is_full(), failure: result.err(), memory: codec.memory(), bytes: out.into_bytes() }
}

/// Runs `work` on the bytes of `region`, on the isolate's own thread.
fn with_bytes<R>(region: &Region, work: impl FnOnce(&[u8]) -> R) -> R {
    if region.is_shared() {
        return work(&region.to_vec());
    }
    // SAFETY: the region keeps its memory alive, it is not shared with other threads, and no JavaScript runs on this
    // one until `work` returns, so nothing writes to it.
    work(unsafe { std::slice::from_raw_parts(region.as_ptr(), region.len) })
}

fn limit(scope: Scope, args: Args, index: i32) -> OpResult<usize> {
    Ok(arg_f64(scope, args, index)? as usize)
}

/// `write(id, flush, view, limit, callback)`: processes a copy of the view's bytes on a blocking thread, or what is
/// left of the last ones where `view` is undefined. The callback gets `(error, written)`; see [`Written`].
fn write(scope: Scope, args: Args, _: Return) -> OpResult {
    let id = arg_u32(scope, args, 0)?;
    let flush = arg_u32(scope, args, 1)?;
    let fresh = bytes_if_any(args, 2)?;
    let limit = limit(scope, args, 3)?;
    let callback = arg_function(args, 4)?;
    let work = opened(scope, id)?.work.clone();
    async_op::blocking(scope, callback, true, move || {
        let mut guard = lock(&work);
        let Work { codec, input, taken } = &mut *guard;
        if let Some(fresh) = fresh {
            (*input, *taken) = (fresh, 0);
        }
        let written = process(id, &mut **codec, flush, &input[*taken..], Output::new(limit, 0));
        *taken += written.taken;
        if *taken == input.len() || !written.full {
            (*input, *taken) = (Vec::new(), 0);
        }
        Ok(written)
    });
    Ok(())
}

/// `writeSync(id, flush, view, offset, limit)`: processes the view's bytes from `offset` on, in place.
fn write_sync(scope: Scope, args: Args, mut rv: Return) -> OpResult {
    let id = arg_u32(scope, args, 0)?;
    let flush = arg_u32(scope, args, 1)?;
    let region = arg_region(args, 2)?;
    let offset = arg_f64(scope, args, 3)? as usize;
    let limit = limit(scope, args, 4)?;
    let stream = opened(scope, id)?;
    let written = {
        let mut work = idle(&stream)?;
        with_bytes(&region, |bytes| {
            process(id, &mut *work.codec, flush, &bytes[offset.min(bytes.len())..], Output::new(limit, 0))
        })
    };
    rv.set(written.into_js(scope)?);
    Ok(())
}

/// `whole(id, flush, view, limit, callback)`: processes all there is, on a blocking thread. Closes the stream.
fn whole(scope: Scope, args: Args, _: Return) -> OpResult {
    let id = arg_u32(scope, args, 0)?;
    let flush = arg_u32(scope, args, 1)?;
    let input = arg_bytes(args, 2)?;
    let limit = limit(scope, args, 3)?;
    let callback = arg_function(args, 4)?;
    let work = opened(scope, id)?.work.clone();
    release(scope, id);
    async_op::blocking(scope, callback, true, move || {
        let mut work = lock(&work);
        let out = Output::new(limit, work.codec.likely_output(&input));
        Ok(process(id, &mut *work.codec, flush, &input, out))
    });
    Ok(())
}

/// `wholeSync(id, flush, view, limit)`: as [`whole`], in place.
fn whole_sync(scope: Scope, args: Args, mut rv: Return) -> OpResult {
    let id = arg_u32(scope, args, 0)?;
    let flush = arg_u32(scope, args, 1)?;
    let region = arg_region(args, 2)?;
    let limit = limit(scope, args, 3)?;
    let stream = opened(scope, id)?;
    release(scope, id);
    let written = {
        let mut work = idle(&stream)?;
        with_bytes(&region, |bytes| {
            let out = Output::new(limit, work.codec.likely_output(bytes));
            process(id, &mut *work.codec, flush, bytes, out)
        })
    };
    keep(scope, stream);
    rv.set(written.into_js(scope)?);
    Ok(())
}

// ---- the rest -----------------------------------------------------------------

/// A failure as an array `[message, code, errno]`, or undefined.
fn answer(scope: Scope, mut rv: Return, result: Result<(), Failure>) -> OpResult {
    if let Err(failure) = result {
        let values = [
            string(scope, &failure.message)?.into(),
            string(scope, &failure.code)?.into(),
            failure.errno.into_js(scope)?,
        ];
        rv.set(v8::Array::new_with_elements(scope, &values).into());
    }
    Ok(())
}

/// `setParams(id, level, strategy)`
fn set_params(scope: Scope, args: Args, rv: Return) -> OpResult {
    let id = arg_u32(scope, args, 0)?;
    let stream = opened(scope, id)?;
    let (level, strategy) = (arg_i32(scope, args, 1)?, arg_i32(scope, args, 2)?);
    let result = idle(&stream)?.codec.set_params(level, strategy);
    answer(scope, rv, result)
}

/// `reset(id)`
fn reset(scope: Scope, args: Args, rv: Return) -> OpResult {
    let id = arg_u32(scope, args, 0)?;
    let stream = opened(scope, id)?;
    let result = {
        let mut work = idle(&stream)?;
        (work.input, work.taken) = (Vec::new(), 0);
        work.codec.reset()
    };
    answer(scope, rv, result)
}

fn release(scope: Scope, id: ResourceId) {
    let stream = op_state(scope).borrow_mut().resources.remove::<Stream>(id);
    if let Some(stream) = stream {
        stream.account(scope, 0);
    }
}

/// `close(id)`: does nothing where it was closed already.
fn close(scope: Scope, args: Args, _: Return) -> OpResult {
    let id = arg_u32(scope, args, 0)?;
    release(scope, id);
    Ok(())
}

/// `crc32(data, value)`: the checksum of a view's bytes or a string's UTF-8, going on from `value`.
fn crc32(scope: Scope, args: Args, mut rv: Return) -> OpResult {
    let mut hasher = crc32fast::Hasher::new_with_initial(arg_u32(scope, args, 1)?);
    if let Ok(text) = v8::Local::<v8::String>::try_from(args.get(0)) {
        let flat = v8::ValueView::new(scope, text);
        match flat.as_str() {
            Some(ascii) => hasher.update(ascii.as_bytes()),
            None => hasher.update(flat.to_cow_lossy().as_bytes()),
        }
    } else {
        with_bytes(&arg_region(args, 0)?, |bytes| hasher.update(bytes));
    }
    rv.set_uint32(hasher.finalize());
    Ok(())
}
