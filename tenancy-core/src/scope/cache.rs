//! Scoped statements by their text, bounded by bytes.

use std::{fmt, sync::Arc};

use quick_cache::{Weighter, sync};

use super::print::Scoped;

/// How many bytes the cache may hold.
const CAPACITY: u64 = 16 * 1024 * 1024;

/// How long a text may be to be cached: each multi-row insert and long list is a text of its own.
const LONGEST: usize = 8 * 1024;

/// How many statements are expected: all of an application, of some 400 bytes.
const EXPECTED: usize = 4096;

#[derive(Debug, Clone)]
struct ByBytes;

impl Weighter<Box<str>, Arc<Scoped>> for ByBytes {
    fn weight(&self, text: &Box<str>, scoped: &Arc<Scoped>) -> u64 {
        u64::try_from(text.len()).unwrap_or(u64::MAX).saturating_add(scoped.weight())
    }
}

/// How full the cache of scoped statements is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct CacheUse {
    /// How many statements it holds; under every strategy one for all tenants.
    pub statements: usize,
    /// How many bytes they take.
    pub bytes: u64,
    /// How many bytes they may take; what is used least goes first.
    pub capacity: u64,
}

/// Scoped statements by their text.
pub(super) struct Cache {
    statements: sync::Cache<Box<str>, Arc<Scoped>, ByBytes>,
}

impl Cache {
    pub(super) fn new() -> Self {
        Self::of(CAPACITY)
    }

    pub(super) fn of(capacity: u64) -> Self {
        Self { statements: sync::Cache::with_weighter(EXPECTED, capacity, ByBytes) }
    }

    pub(super) fn get(&self, text: &str) -> Option<Arc<Scoped>> {
        self.statements.get(text)
    }

    pub(super) fn insert(&self, text: &str, scoped: &Arc<Scoped>) {
        if text.len() <= LONGEST {
            self.statements.insert(text.into(), Arc::clone(scoped));
        }
    }

    pub(super) fn use_of(&self) -> CacheUse {
        CacheUse {
            statements: self.statements.len(),
            bytes: self.statements.weight(),
            capacity: self.statements.capacity(),
        }
    }
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache").field("statements", &self.statements.len()).finish()
    }
}
