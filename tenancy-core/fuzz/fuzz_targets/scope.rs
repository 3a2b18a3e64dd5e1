//! Whatever text comes, scoping refuses it or makes each tenant table in it the tenant's.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use tenancy_core::testing::scoping::{Subject, from_bytes};

static SUBJECT: LazyLock<Subject> = LazyLock::new(Subject::new);

// The first byte says whether the others are the text, or choose how a known statement is mutated:
// bytes alone seldom become SQL.
fuzz_target!(|bytes: &[u8]| {
    let text = match bytes.split_first() {
        Some((0..=63, text)) => String::from_utf8_lossy(text).into_owned(),
        Some((_, choices)) => from_bytes(choices),
        None => String::new(),
    };
    if let Err(broken) = SUBJECT.check(&text) {
        panic!("{broken}");
    }
});
