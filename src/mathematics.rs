//! `Math.tan`, `asin`, `acos`, `atan` and `atan2` as Node computes them.
//!
//! This V8 rounds them correctly, in two to four times the time of the classic algorithms (fdlibm's), which are less than
//! one unit in the last place off and which Node's V8 has. Weft is for programs that compute, so it takes those. The linker
//! puts these functions where V8's other object files ask for its own (`--wrap`, js/build.rs); compiled code, the compiler's
//! constants and the interpreter all go by that one reference, so that a result never depends on which of them ran. Where
//! linkers have no such option V8's own stay.

macro_rules! in_place_of {
    ($($symbol:literal $name:ident($($argument:ident),+);)+) => {$(
        // SAFETY: the name is the linker's for references to V8's function of this name, which has this signature;
        // nothing else defines it.
        #[unsafe(export_name = concat!("__wrap_", $symbol))]
        extern "C" fn $name($($argument: f64),+) -> f64 {
            libm::$name($($argument),+)
        }
    )+};
}

in_place_of! {
    "_ZN2v84base7ieee7543tanEd" tan(x);
    "_ZN2v84base7ieee7544asinEd" asin(x);
    "_ZN2v84base7ieee7544acosEd" acos(x);
    "_ZN2v84base7ieee7544atanEd" atan(x);
    "_ZN2v84base7ieee7545atan2Edd" atan2(y, x);
}
