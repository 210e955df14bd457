//! package.json files, read once per process.
//!
//! Resolution asks for the same few files again and again, and every Worker asks anew; so what was read is kept in
//! one cache for all threads. Only files that exist are kept: one that is created later is seen. *Threads:* any.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

/// What a file says about the kind of its package's `.js` files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PackageType {
    /// `"type": "module"`
    Module,
    /// `"type": "commonjs"`
    CommonJs,
    /// Nothing, or something else.
    None,
}

impl PackageType {
    /// The word Node's loaders use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Module => "module",
            Self::CommonJs => "commonjs",
            Self::None => "none",
        }
    }
}

/// The fields of a package.json that resolution reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageJson {
    /// `name`, if it is a string.
    pub name: Option<String>,
    /// `main`, if it is a string.
    pub main: Option<String>,
    /// `type`.
    pub kind: PackageType,
    /// JSON text of `exports`, unless it is absent or null.
    pub exports: Option<String>,
    /// JSON text of `imports`, unless it is absent or null.
    pub imports: Option<String>,
}

/// The file exists but is not a JSON object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidPackage {
    /// The file.
    pub file: PathBuf,
    /// The parser's words.
    pub message: String,
}

static CACHE: LazyLock<RwLock<HashMap<PathBuf, Arc<PackageJson>>>> = LazyLock::new(RwLock::default);

/// The package.json file `path`; `None` if it cannot be read.
pub fn read(path: &Path) -> Result<Option<Arc<PackageJson>>, InvalidPackage> {
    if let Some(known) = CACHE.read().unwrap_or_else(PoisonError::into_inner).get(path) {
        return Ok(Some(Arc::clone(known)));
    }
    let Ok(bytes) = std::fs::read(path) else { return Ok(None) };
    let text = String::from_utf8_lossy(&bytes);
    let package = parse(text.strip_prefix('\u{FEFF}').unwrap_or(&text))
        .map_err(|e| InvalidPackage { file: path.to_owned(), message: e.to_string() })?;
    let package = Arc::new(package);
    CACHE.write().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned(), Arc::clone(&package));
    Ok(Some(package))
}

/// The nearest package.json above `file` and its path. A `node_modules` directory ends the search, as it belongs to
/// no package.
pub fn nearest(file: &Path) -> Result<Option<(PathBuf, Arc<PackageJson>)>, InvalidPackage> {
    for directory in file.ancestors().skip(1) {
        if directory.file_name().is_some_and(|n| n == "node_modules") {
            return Ok(None);
        }
        let candidate = directory.join("package.json");
        if let Some(package) = read(&candidate)? {
            return Ok(Some((candidate, package)));
        }
    }
    Ok(None)
}

fn parse(text: &str) -> Result<PackageJson, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let package = serde::Deserializer::deserialize_map(&mut deserializer, PackageVisitor)?;
    deserializer.end()?;
    Ok(package)
}

/// Takes the last of repeated keys, as `JSON.parse` does.
struct PackageVisitor;

impl<'de> Visitor<'de> for PackageVisitor {
    type Value = PackageJson;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<PackageJson, A::Error> {
        let mut package = PackageJson { name: None, main: None, kind: PackageType::None, exports: None, imports: None };
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            match &*key {
                "name" => package.name = string(map.next_value()?),
                "main" => package.main = string(map.next_value()?),
                "type" => {
                    package.kind = match string(map.next_value()?).as_deref() {
                        Some("module") => PackageType::Module,
                        Some("commonjs") => PackageType::CommonJs,
                        _ => PackageType::None,
                    };
                }
                "exports" => package.exports = present(map.next_value()?),
                "imports" => package.imports = present(map.next_value()?),
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(package)
    }
}

fn string(raw: &RawValue) -> Option<String> {
    serde_json::from_str(raw.get()).ok()
}

fn present(raw: &RawValue) -> Option<String> {
    (raw.get() != "null").then(|| raw.get().to_owned())
}

#[cfg(test)]
mod tests {
    use super::{PackageType, nearest, parse};

    #[test]
    fn fields_are_read_and_others_ignored() {
        let package = parse(
            r#"{"name":"a","version":1,"main":"./m.js","type":"module","exports":{"b":1,"a":[]},"imports":null}"#,
        );
        let package = package.expect("valid");
        assert_eq!((package.name.as_deref(), package.main.as_deref()), (Some("a"), Some("./m.js")));
        assert_eq!(package.kind, PackageType::Module);
        assert_eq!(package.exports.as_deref(), Some(r#"{"b":1,"a":[]}"#));
        assert_eq!(package.imports, None);
    }

    #[test]
    fn fields_of_another_type_count_as_absent_and_the_last_of_equals_wins() {
        let package = parse(r#"{"name":1,"main":{},"type":"x","name":"last","type":"commonjs"}"#).expect("valid");
        assert_eq!((package.name.as_deref(), package.main), (Some("last"), None));
        assert_eq!(package.kind, PackageType::CommonJs);
    }

    #[test]
    fn what_is_no_object_is_invalid() {
        for text in ["", "[]", "{", "1", "{} x", "{\"a\":}"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn nearest_walks_up_and_stops_at_node_modules() {
        let root = std::env::temp_dir().join(format!("weft-package-{}", std::process::id()));
        let inner = root.join("node_modules/dep/lib");
        std::fs::create_dir_all(&inner).expect("a directory");
        std::fs::write(root.join("package.json"), "{\"name\":\"root\"}").expect("a file");
        let found = nearest(&inner.join("x.js")).expect("valid");
        assert!(found.is_none(), "a package without package.json has no scope");
        let found = nearest(&root.join("src/x.js")).expect("valid").expect("root");
        assert_eq!(found.1.name.as_deref(), Some("root"));
        std::fs::remove_dir_all(&root).expect("removable");
    }
}
