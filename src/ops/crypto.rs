//! `internalBinding('crypto')`: random bytes, digests, HMAC and key derivation for js/node/crypto.js and
//! js/internal/crypto/. All of it is pure Rust (RustCrypto); there is no OpenSSL.
//!
//! Data is a view or a string (its UTF-8). Digests under way are resources; js/ closes those that it abandons.

mod hash;
mod kdf;
mod keccak_sponges;

use std::cell::RefCell;
use std::rc::Rc;

use self::hash::{Hash, Hmac, Unsupported};
use self::kdf::{ScryptCosts, ScryptError};
use super::OpDecl;
use super::args::{IntoJs, List, arg_bytes, arg_f64, arg_function, arg_region, arg_string, arg_u32};
use super::async_op;
use super::buffer::text_in;
use super::error::{ErrorClass, OpError, OpResult};
use super::state::op_state;
use crate::op;

/// This area's operations.
pub const OPS: &[OpDecl] = &[
    op!("randomFill", 3, random_fill),
    op!("randomFillAsync", 4, random_fill_async),
    op!("hashes", 0, hashes),
    op!("canonicalHash", 1, canonical_hash),
    op!("hash", 4, hash),
    op!("openHash", 2, open_hash),
    op!("copyHash", 2, copy_hash),
    op!("openHmac", 2, open_hmac),
    op!("update", 2, update),
    op!("finish", 2, finish),
    op!("close", 1, close),
    op!("timingSafeEqual", 2, timing_safe_equal),
    op!("pbkdf2", 6, pbkdf2),
    op!("checkScrypt", 4, check_scrypt),
    op!("scrypt", 8, scrypt),
    op!("hkdf", 6, hkdf),
    op!("hmacLength", 1, hmac_length),
    op!("digestAsync", 5, digest_async),
];

type Scope<'a, 's, 'i> = &'a mut v8::PinScope<'s, 'i>;
type Args<'a, 's> = &'a v8::FunctionCallbackArguments<'s>;
type Return<'a> = v8::ReturnValue<'a, v8::Value>;

// ---- random -----------------------------------------------------------------

fn no_entropy(error: getrandom::Error) -> OpError {
    OpError::error("ERR_OPERATION_FAILED", format!("Operation failed: no random bytes: {error}"))
}

/// The part `offset..offset + size` of the region at argument 0, as (start, length).
fn random_target(scope: Scope, args: Args, region: &super::args::Region) -> OpResult<(usize, usize)> {
    let offset = arg_f64(scope, args, 1)? as usize;
    let size = arg_f64(scope, args, 2)? as usize;
    let offset = offset.min(region.len);
    Ok((offset, size.min(region.len - offset)))
}

/// `randomFill(view, offset, size)`, in bytes.
fn random_fill(scope: Scope, args: Args, _: Return) -> OpResult {
    let region = arg_region(args, 0)?;
    let (offset, size) = random_target(scope, args, &region)?;
    // SAFETY: offset + size lies within the region, which keeps the memory alive. It is written through this slice
    // alone; another thread that shares the memory sees at worst some of the random bytes.
    let bytes = unsafe { std::slice::from_raw_parts_mut(region.as_ptr().add(offset), size) };
    getrandom::fill(bytes).map_err(no_entropy)
}

/// `randomFillAsync(view, offset, size, callback)`, in bytes.
fn random_fill_async(scope: Scope, args: Args, _: Return) -> OpResult {
    let region = arg_region(args, 0)?;
    let (offset, size) = random_target(scope, args, &region)?;
    let callback = arg_function(args, 3)?;
    async_op::name_next(scope, "RANDOMBYTESREQUEST");
    async_op::blocking(scope, callback, true, move || {
        // SAFETY: as in `random_fill`. The script may look at the memory meanwhile and sees it half filled, which
        // Node's documentation allows it to as well.
        let bytes = unsafe { std::slice::from_raw_parts_mut(region.as_ptr().add(offset), size) };
        getrandom::fill(bytes).map_err(no_entropy)
    });
    Ok(())
}

// ---- digests ------------------------------------------------------------------

/// Runs `work` with the bytes of the string or view at `index`.
fn with_data<R>(scope: Scope, args: Args, index: i32, work: impl FnOnce(&[u8]) -> R) -> OpResult<R> {
    let value = args.get(index);
    if let Ok(text) = v8::Local::<v8::String>::try_from(value) {
        let flat = v8::ValueView::new(scope, text);
        return Ok(match flat.as_str() {
            Some(ascii) => work(ascii.as_bytes()),
            None => work(flat.to_cow_lossy().as_bytes()),
        });
    }
    let region = arg_region(args, index)?;
    // SAFETY: the region keeps its memory alive, and nothing on this thread writes to it while `work` runs. If it is
    // shared, another thread may: the digest is then one of some mixture of the bytes, as it would be in any order.
    let bytes = unsafe { std::slice::from_raw_parts(region.as_ptr(), region.len) };
    Ok(work(bytes))
}

fn length_argument(scope: Scope, args: Args, index: i32) -> OpResult<Option<usize>> {
    if args.get(index).is_undefined() { Ok(None) } else { Ok(Some(arg_f64(scope, args, index)? as usize)) }
}

/// A refused digest. `undefined` stands for one that does not exist: js/ words that.
fn refused(error: Unsupported) -> OpResult {
    match error {
        Unsupported::Name => Ok(()),
        Unsupported::Length => Err(OpError::error(
            "ERR_OSSL_EVP_NOT_XOF_OR_INVALID_LENGTH",
            "error:030000B2:digital envelope routines::not XOF or invalid length",
        )),
    }
}

/// Bytes as a string in the encoding that argument `index` names, or as a `Uint8Array`.
fn answer(scope: Scope, args: Args, index: i32, mut rv: Return, bytes: Vec<u8>) -> OpResult {
    let encoding = args.get(index);
    if encoding.is_string() {
        let encoding = arg_string(scope, args, index)?;
        if let Some(text) = text_in(scope, &bytes, &encoding)? {
            rv.set(text.into());
            return Ok(());
        }
    }
    rv.set(bytes.into_js(scope)?);
    Ok(())
}

/// `hashes()`: names of the digests.
fn hashes(scope: Scope, _: Args, mut rv: Return) -> OpResult {
    rv.set(List(hash::names()).into_js(scope)?);
    Ok(())
}

/// `canonicalHash(name)`: undefined if there is no such digest.
fn canonical_hash(scope: Scope, args: Args, mut rv: Return) -> OpResult {
    let name = arg_string(scope, args, 0)?;
    if let Some(name) = hash::canonical(&name) {
        rv.set(name.into_js(scope)?);
    }
    Ok(())
}

/// `hash(name, data, encoding, length)`: a whole digest; undefined if there is none of that name.
fn hash(scope: Scope, args: Args, rv: Return) -> OpResult {
    let name = arg_string(scope, args, 0)?;
    let length = length_argument(scope, args, 3)?;
    let mut hash = match Hash::new(&name, length) {
        Ok(hash) => hash,
        Err(error) => return refused(error),
    };
    with_data(scope, args, 1, |bytes| hash.update(bytes))?;
    answer(scope, args, 2, rv, hash.finish())
}

enum Work {
    Hash(Box<Hash>),
    Hmac(Box<Hmac>),
}

/// A digest or code under way; empty once it was finished.
struct Open(RefCell<Option<Work>>);

fn add(scope: Scope, work: Work) -> u32 {
    op_state(scope).borrow_mut().resources.add(Rc::new(Open(RefCell::new(Some(work)))))
}

fn opened(scope: Scope, id: u32) -> OpResult<Rc<Open>> {
    op_state(scope)
        .borrow()
        .resources
        .get::<Open>(id)
        .ok_or_else(|| OpError::error("ERR_CRYPTO_HASH_FINALIZED", "Digest already called"))
}

/// `openHash(name, length)`: id of a digest under way; undefined if there is none of that name.
fn open_hash(scope: Scope, args: Args, mut rv: Return) -> OpResult {
    let name = arg_string(scope, args, 0)?;
    let length = length_argument(scope, args, 1)?;
    match Hash::new(&name, length) {
        Ok(hash) => {
            rv.set_uint32(add(scope, Work::Hash(Box::new(hash))));
            Ok(())
        }
        Err(error) => refused(error),
    }
}

/// `copyHash(id, length)`: id of a copy.
fn copy_hash(scope: Scope, args: Args, mut rv: Return) -> OpResult {
    let id = arg_u32(scope, args, 0)?;
    let length = length_argument(scope, args, 1)?;
    let open = opened(scope, id)?;
    let copy = match &*open.0.borrow() {
        Some(Work::Hash(hash)) => hash.clone().with_length(length),
        _ => return Err(OpError::error("ERR_CRYPTO_HASH_FINALIZED", "Digest already called")),
    };
    match copy {
        Ok(hash) => {
            rv.set_uint32(add(scope, Work::Hash(Box::new(hash))));
            Ok(())
        }
        Err(error) => refused(error),
    }
}

/// `openHmac(name, key)`: id of a code under way; undefined if there is no such digest.
fn open_hmac(scope: Scope, args: Args, mut rv: Return) -> OpResult {
    let name = arg_string(scope, args, 0)?;
    if let Some(hmac) = with_data(scope, args, 1, |key| Hmac::new(&name, key))? {
        rv.set_uint32(add(scope, Work::Hmac(Box::new(hmac))));
    }
    Ok(())
}

/// `update(id, data)`
fn update(scope: Scope, args: Args, _: Return) -> OpResult {
    let id = arg_u32(scope, args, 0)?;
    let open = opened(scope, id)?;
    with_data(scope, args, 1, |bytes| match &mut *open.0.borrow_mut() {
        Some(Work::Hash(hash)) => hash.update(bytes),
        Some(Work::Hmac(hmac)) => hmac.update(bytes),
        None => {}
    })
}

/// `finish(id, encoding)`: the digest or code; closes it.
fn finish(scope: Scope, args: Args, rv: Return) -> OpResult {
    let id = arg_u32(scope, args, 0)?;
    let open = opened(scope, id)?;
    drop(op_state(scope).borrow_mut().resources.remove::<Open>(id));
    let work = open.0.borrow_mut().take();
    let bytes = match work {
        Some(Work::Hash(hash)) => hash.finish(),
        Some(Work::Hmac(hmac)) => hmac.finish(),
        None => Vec::new(),
    };
    answer(scope, args, 1, rv, bytes)
}

/// `close(id)`: for one that will not be finished.
fn close(scope: Scope, args: Args, _: Return) -> OpResult {
    let id = arg_u32(scope, args, 0)?;
    drop(op_state(scope).borrow_mut().resources.remove::<Open>(id));
    Ok(())
}

/// `digestAsync(name, data, callback, length?, customization?)`: a whole digest, of a copy of the data, on a blocking thread;
/// see [`Hash::customized`].
fn digest_async(scope: Scope, args: Args, _: Return) -> OpResult {
    let name = arg_string(scope, args, 0)?;
    let bytes = arg_bytes(args, 1)?;
    let callback = arg_function(args, 2)?;
    let length = length_argument(scope, args, 3)?;
    let customization = if args.get(4).is_undefined() { None } else { Some(arg_bytes(args, 4)?) };
    async_op::name_next(scope, "HASHREQUEST");
    async_op::blocking(scope, callback, true, move || {
        let hash = match (customization, length) {
            (Some(customization), Some(length)) => Hash::customized(&name, &customization, length),
            _ => Hash::new(&name, length),
        };
        let mut hash =
            hash.map_err(|_| OpError::error("ERR_CRYPTO_UNSUPPORTED_OPERATION", "Unsupported crypto operation"))?;
        hash.update(&bytes);
        Ok(hash.finish())
    });
    Ok(())
}

/// `timingSafeEqual(a, b)`, of regions of equal length: takes as long whatever they hold.
fn timing_safe_equal(_: Scope, args: Args, mut rv: Return) -> OpResult {
    let (a, b) = (arg_bytes(args, 0)?, arg_bytes(args, 1)?);
    let mut difference = u8::from(a.len() != b.len());
    for (x, y) in a.iter().zip(&b) {
        // The barrier keeps the compiler from ending the loop once the outcome is known.
        difference = std::hint::black_box(difference | (x ^ y));
    }
    rv.set_bool(difference == 0);
    Ok(())
}

// ---- key derivation -------------------------------------------------------------

/// Runs `work` on a blocking thread for the callback at `index`, or in place if there is none. Async hooks call it
/// `kind`.
fn derive(
    scope: Scope,
    args: Args,
    index: i32,
    mut rv: Return,
    kind: &'static str,
    work: impl FnOnce() -> OpResult<Vec<u8>> + Send + 'static,
) -> OpResult {
    if args.get(index).is_undefined() {
        let key = work()?;
        rv.set(key.into_js(scope)?);
        return Ok(());
    }
    let callback = arg_function(args, index)?;
    async_op::name_next(scope, kind);
    async_op::blocking(scope, callback, true, work);
    Ok(())
}

fn failed(function: &str) -> OpError {
    OpError::plain(ErrorClass::Error, format!("{function} derivation failed"))
}

/// `pbkdf2(password, salt, iterations, length, digest, callback?)`
fn pbkdf2(scope: Scope, args: Args, rv: Return) -> OpResult {
    let (password, salt) = (arg_bytes(args, 0)?, arg_bytes(args, 1)?);
    let rounds = arg_u32(scope, args, 2)?;
    let length = arg_u32(scope, args, 3)? as usize;
    let digest = arg_string(scope, args, 4)?;
    derive(scope, args, 5, rv, "PBKDF2REQUEST", move || {
        kdf::pbkdf2(&digest, &password, &salt, rounds, length).ok_or_else(|| failed("PBKDF2"))
    })
}

fn scrypt_costs(scope: Scope, args: Args, index: i32) -> OpResult<ScryptCosts> {
    Ok(ScryptCosts {
        n: arg_f64(scope, args, index)? as u64,
        r: arg_u32(scope, args, index + 1)?,
        p: arg_u32(scope, args, index + 2)?,
        max_memory: arg_f64(scope, args, index + 3)? as u64,
    })
}

fn bad_costs(error: ScryptError) -> OpError {
    let message = match error {
        ScryptError::Invalid => "Invalid scrypt params",
        ScryptError::Memory => "Invalid scrypt params: error:030000AC:digital envelope routines::memory limit exceeded",
    };
    OpError::new(ErrorClass::Range, "ERR_CRYPTO_INVALID_SCRYPT_PARAMS", message)
}

/// `checkScrypt(N, r, p, maxmem)`: throws for costs that scrypt does not take.
fn check_scrypt(scope: Scope, args: Args, _: Return) -> OpResult {
    scrypt_costs(scope, args, 0)?.check().map_err(bad_costs)?;
    Ok(())
}

/// `scrypt(password, salt, N, r, p, maxmem, length, callback?)`
fn scrypt(scope: Scope, args: Args, rv: Return) -> OpResult {
    let (password, salt) = (arg_bytes(args, 0)?, arg_bytes(args, 1)?);
    let params = scrypt_costs(scope, args, 2)?.check().map_err(bad_costs)?;
    let length = arg_u32(scope, args, 6)? as usize;
    derive(scope, args, 7, rv, "SCRYPTREQUEST", move || {
        kdf::scrypt(&params, &password, &salt, length).ok_or_else(|| failed("Scrypt"))
    })
}

/// `hkdf(digest, key, salt, info, length, callback?)`
fn hkdf(scope: Scope, args: Args, rv: Return) -> OpResult {
    let digest = arg_string(scope, args, 0)?;
    let (key, salt, info) = (arg_bytes(args, 1)?, arg_bytes(args, 2)?, arg_bytes(args, 3)?);
    let length = arg_u32(scope, args, 4)? as usize;
    derive(scope, args, 5, rv, "DERIVEBITSREQUEST", move || {
        kdf::hkdf(&digest, &key, &salt, &info, length).ok_or_else(|| failed("HKDF"))
    })
}

/// `hmacLength(digest)`: bytes of its codes; undefined if there is no such digest.
fn hmac_length(scope: Scope, args: Args, mut rv: Return) -> OpResult {
    let name = arg_string(scope, args, 0)?;
    if let Some(length) = kdf::hmac_length(&name) {
        rv.set_double(length as f64);
    }
    Ok(())
}
