//! `internalBinding('url_pattern')`: parsing for URLPattern (URL Pattern Standard), by the `urlpattern` crate.
//!
//! The crate gives every component as the text of a regular expression in JavaScript's own syntax; js/web/url_pattern.js
//! compiles and runs them, so that `RegExp` behaves as everywhere else.

use serde::Deserialize;
use urlpattern::UrlPatternOptions;
use urlpattern::quirks::{self, EcmaRegexp, StringOrInit, UrlPatternInit};

use super::OpDecl;
use super::args::{IntoJs, List, Serialized, arg_bool, arg_opt_string, arg_struct};
use super::error::{OpError, OpResult};
use crate::op;

/// This area's operations.
pub const OPS: &[OpDecl] = &[op!("parse", 3, parse), op!("components", 1, components)];

type Scope<'a, 's, 'i> = &'a mut v8::PinScope<'s, 'i>;
type Args<'a, 's> = &'a v8::FunctionCallbackArguments<'s>;

/// A pattern as js/ hands it over: a string, or a dictionary of components.
#[derive(Deserialize)]
#[serde(untagged)]
enum Input {
    Text(String),
    Init(UrlPatternInit),
}

/// `parse(pattern, base URL or undefined, ignore case)`: `{ protocol: { patternString, regexpString, groupNameList }, ... ,
/// hasRegexpGroups }`.
fn parse<'s>(scope: Scope<'_, 's, '_>, args: Args<'_, 's>, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let input = match arg_struct::<Input>(scope, args, 0)? {
        Input::Text(text) => StringOrInit::String(text.into()),
        Input::Init(init) => StringOrInit::Init(init),
    };
    let base = arg_opt_string(scope, args, 1)?;
    let options = UrlPatternOptions { ignore_case: arg_bool(scope, args, 2), ..Default::default() };
    let pattern = quirks::process_construct_pattern_input(input, base.as_deref())
        .and_then(|init| quirks::parse_pattern::<EcmaRegexp>(init, options))
        .map_err(|e| OpError::type_error("ERR_INVALID_URL_PATTERN", format!("Failed to construct URLPattern: {e}")))?;
    rv.set(Serialized(pattern).into_js(scope)?);
    Ok(())
}

/// `components(dictionary)`: the eight components of an input, from protocol to hash, in canonical form; undefined for
/// one that is no URL.
fn components<'s>(scope: Scope<'_, 's, '_>, args: Args<'_, 's>, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let init = arg_struct::<UrlPatternInit>(scope, args, 0)?;
    let Ok(Some((input, _))) = quirks::process_match_input(StringOrInit::Init(init), None) else { return Ok(()) };
    if let Some(found) = quirks::parse_match_input(input) {
        let parts = [
            found.protocol,
            found.username,
            found.password,
            found.hostname,
            found.port,
            found.pathname,
            found.search,
            found.hash,
        ];
        rv.set(List(parts.into()).into_js(scope)?);
    }
    Ok(())
}
