//! What V8's map of an object says of it: its type, and whether another one has the same.
//!
//! V8's interface answers "is it a Map, a Date, ..." one call for each kind, and has no question for what is left, an ordinary
//! object or an array like any other. But each object begins with a pointer to its map, which stands for its type, its
//! prototype, its named properties and the kind of its elements; of those in one context, arrays that have nothing but
//! elements, and all of them, share the map of a literal with elements of that kind. Where a map and in it the type lie is in
//! V8's public header v8-internal.h (`kHeapObjectMapOffset`, `kMapInstanceTypeOffset`).
//!
//! *Threads:* the isolate's own, while it runs JavaScript or in a fast call: no collection moves maps then.

/// Where the type lies in a map.
const INSTANCE_TYPE: usize = size_of::<usize>() + size_of::<u32>();
/// The last bits of a pointer to an object on V8's heap; one to a number of its own ends in 0.
const TAG: usize = 1;
const TAG_BITS: usize = 3;

/// The address of the map of a value on the heap.
fn map_of(value: v8::Local<v8::Value>) -> Option<usize> {
    // SAFETY: a `Local` points to a slot that holds the value's tagged pointer, for as long as its scope is open.
    let tagged = unsafe { *(&raw const *value).cast::<usize>() };
    if tagged & TAG_BITS != TAG {
        return None;
    }
    // SAFETY: a tagged pointer is one more than the address of an object, whose first word is the one to its map. It is this
    // isolate's object, which nothing moves or changes meanwhile (module head).
    Some(unsafe { *((tagged - TAG) as *const usize) } - TAG)
}

/// Where an object's elements lie in it, after its map and its named properties (`JSObject` in V8's debugging table of layouts).
const ELEMENTS: usize = 2 * size_of::<usize>();

/// Whether `object` has the very elements of `other`: for objects without any they are V8's one empty list. Neither is anything out of
/// the ordinary (a proxy, a global object, something of WebAssembly's).
pub(super) fn share_elements(object: v8::Local<v8::Value>, other: v8::Local<v8::Value>) -> bool {
    let elements = |object: v8::Local<v8::Value>| {
        // The types before it are of everything else, those above in V8's hierarchy also.
        if instance_type(object) < ORDINARY {
            return None;
        }
        // SAFETY: as in `map_of`, which found a map; what has such a type is a `JSObject`, in which a word points to its elements.
        Some(unsafe { *((*(&raw const *object).cast::<usize>() - TAG + ELEMENTS) as *const usize) })
    };
    elements(object).is_some_and(|found| elements(other) == Some(found))
}

/// V8's number of the type of a value on the heap, 0 for small numbers.
pub(super) fn instance_type(value: v8::Local<v8::Value>) -> u32 {
    map_of(value).map_or(0, |map| {
        // SAFETY: as above; the type lies within each map, which is as good as constant.
        u32::from(unsafe { *((map + INSTANCE_TYPE) as *const u16) })
    })
}

/// The type of ordinary objects (`kJSObjectType` in V8's header).
pub(super) const ORDINARY: u32 = 0x421;

/// Whether two values on the heap have one map.
pub(super) fn share_map(a: v8::Local<v8::Value>, b: v8::Local<v8::Value>) -> bool {
    map_of(a).is_some_and(|map| map_of(b) == Some(map))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_values_of(
        compare: fn(v8::Local<v8::Value>, v8::Local<v8::Value>) -> bool,
        check: impl FnOnce(&dyn Fn(&str, &str) -> bool),
    ) {
        with_each(compare, |compare, _| check(compare));
    }

    fn with_values(check: impl FnOnce(&dyn Fn(&str, &str) -> bool, &dyn Fn(&str) -> u32)) {
        with_each(share_map, check);
    }

    fn with_each(
        compare: fn(v8::Local<v8::Value>, v8::Local<v8::Value>) -> bool,
        check: impl FnOnce(&dyn Fn(&str, &str) -> bool, &dyn Fn(&str) -> u32),
    ) {
        crate::v8_platform::initialize(true);
        let mut isolate = v8::Isolate::new(v8::CreateParams::default());
        v8::scope!(let scope, &mut isolate);
        let context = v8::Context::new(scope, v8::ContextOptions::default());
        let scope = std::cell::RefCell::new(v8::ContextScope::new(scope, context));
        let value = |text: &str| {
            let scope = scope.borrow_mut();
            let source = v8::String::new(&scope, text).unwrap();
            let script = v8::Script::compile(&scope, source, None).unwrap();
            let value = script.run(&scope).unwrap();
            v8::Global::new(&scope, value)
        };
        let local = |global: &v8::Global<v8::Value>| v8::Local::new(&scope.borrow(), global);
        check(
            &|a, b| {
                let (a, b) = (value(a), value(b));
                compare(local(&a), local(&b))
            },
            &|text| instance_type(local(&value(text))),
        );
    }

    #[test]
    fn ordinary_objects_have_one_type_and_no_others_have_it() {
        with_values(|_, type_of| {
            let ordinary = type_of("({})");
            assert_eq!(ordinary, ORDINARY);
            for same in ["({ a: 1 })", "Object.create(null)", "new (class A {})", "Object.freeze({ b: [] })"] {
                assert_eq!(type_of(same), ordinary, "{same}");
            }
            let others = [
                "1",
                "1.5",
                "'a'",
                "null",
                "undefined",
                "Symbol()",
                "1n",
                "[]",
                "() => 0",
                "new Proxy({}, {})",
                "new Date",
                "new Map",
                "new Set",
                "new WeakMap",
                "Promise.resolve()",
                "new Error",
                "/a/",
                "new Number(1)",
                "new String('a')",
                "new Uint8Array(1)",
                "new ArrayBuffer(1)",
                "new SharedArrayBuffer(1)",
                "(function* () {})()",
                "(function () { return arguments; })()",
                "globalThis",
                "new Map().entries()",
                "new WeakRef({})",
                "Object.setPrototypeOf(new Map, Object.prototype)",
            ];
            for other in others {
                assert_ne!(type_of(other), ordinary, "{other}");
            }
            assert_eq!(type_of("new Map"), type_of("new (class extends Map {})"));
            assert_eq!(type_of("7"), 0);
        });
    }

    #[test]
    fn objects_without_elements_share_them() {
        with_values_of(share_elements, |share| {
            for object in ["Array.prototype", "Object.prototype", "[]", "({ a: 1 })", "Object.create(null)"] {
                assert!(share(object, "({})"), "{object}");
                assert!(!share(object, "[1]") && !share(object, "({ 0: 1 })"), "{object}");
            }
            assert!(share("Object.freeze([])", "Object.freeze({})"));
            for object in ["new Proxy([], {})", "1", "''", "undefined"] {
                assert!(!share(object, "({})") && !share("({})", object), "{object}");
            }
            let add = |object: &str, at: &str| {
                format!("Object.defineProperty({object}, {at}, {{ set() {{}}, configurable: true }})")
            };
            for at in ["0", "5000"] {
                assert!(!share(&add("[]", at), "({})"), "{at}");
                assert!(!share(&add("Object.prototype", at), "({})"), "{at}");
                assert!(!share(&add("Array.prototype", at), "({})"), "{at}");
            }
        });
    }

    #[test]
    fn an_array_of_elements_alone_has_the_map_of_a_literal() {
        with_values(|share, _| {
            for (literal, others) in [
                ("[1]", ["[2, 3]", "Array.from([5, 6])", "[1, 2].map((x) => x + 1)"]),
                ("[1.5]", ["[0.5, 1]", "[1, 2.5].slice()", "[2.5]"]),
                ("[{}]", ["['a', 1]", "[null]", "JSON.parse('[{}, 2]')"]),
            ] {
                for other in others {
                    assert!(share(literal, other), "{literal} {other}");
                }
                for other in [
                    "Object.assign([1], { a: 1 })",
                    "Object.freeze([1])",
                    "[1, , 2]",
                    "new (class extends Array {})",
                    "Object.defineProperty([1], 0, { get() { return 1; } })",
                    "Object.setPrototypeOf([1], null)",
                    "({ 0: 1, length: 1 })",
                    "Object.defineProperty([{}], 'b', { value: 1 })",
                    "1",
                    "new Proxy([1], {})",
                    "(() => { const a = [1]; a[5000] = 1; return a; })()",
                    "Object.defineProperty([1.5], 'length', { writable: false })",
                    "Object.assign([{}], { [Symbol('s')]: 1 })",
                ] {
                    assert!(!share(literal, other), "{literal} {other}");
                }
            }
        });
    }
}
