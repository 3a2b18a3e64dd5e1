//! What measurements have in common: which tenant is next, and how two ways of doing the same are timed
//! beside each other. Times are printed, never tested.

use std::time::{Duration, Instant};

/// Which tenant is next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Each as often as the others.
    Uniform,
    /// The tenant of rank r as often as 1/r says.
    Zipf,
}

impl Access {
    /// What it is called.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Uniform => "uniform",
            Self::Zipf => "zipf",
        }
    }

    /// One of so many, of which there is at least one.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "there are far fewer tenants than numbers that are exact"
    )]
    pub fn pick(self, random: &mut fastrand::Rng, count: usize) -> usize {
        let most = count as f64;
        let at = match self {
            Self::Uniform => random.f64() * most,
            // The inverse of the integral of 1/r.
            Self::Zipf => (random.f64() * (most + 1.0).ln()).exp() - 1.0,
        };
        (at as usize).min(count.saturating_sub(1))
    }
}

/// The value below which so many of a hundred lie.
#[must_use]
pub fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    let at = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
    sorted.get(at).copied().unwrap_or_default()
}

/// How long two ways of doing the same took, in order.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Turns {
    /// The times of the one.
    pub plain: Vec<Duration>,
    /// The times of the other.
    pub tenant: Vec<Duration>,
}

impl Turns {
    /// Does both so many times in turns, which no drift of the machine between the two can blur.
    pub async fn take(
        count: usize,
        mut plain: impl AsyncFnMut(usize),
        mut tenant: impl AsyncFnMut(usize),
    ) -> Self {
        let mut turns = Self::default();
        for at in 0..count {
            let begun = Instant::now();
            plain(at).await;
            turns.plain.push(begun.elapsed());
            let begun = Instant::now();
            tenant(at).await;
            turns.tenant.push(begun.elapsed());
        }
        turns.sorted()
    }

    /// The same in the order that [`line`](Self::line) needs.
    #[must_use]
    pub fn sorted(mut self) -> Self {
        self.plain.sort_unstable();
        self.tenant.sort_unstable();
        self
    }

    /// How the values below which so many of a hundred lie compare, as a line to print.
    #[must_use]
    pub fn line(&self, percent: usize) -> String {
        let [plain, tenant] = [&self.plain, &self.tenant].map(|times| percentile(times, percent));
        let ratio = tenant.as_secs_f64() / plain.as_secs_f64();
        format!("by hand {plain:.1?}, tenant {tenant:.1?}: {ratio:.3}x")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tenant_is_picked_and_none_beside() {
        let mut random = fastrand::Rng::with_seed(7);
        for access in [Access::Uniform, Access::Zipf] {
            let mut often = [0_u32; 3];
            for _ in 0..3_000 {
                often[access.pick(&mut random, 3)] += 1;
            }
            assert!(often.iter().all(|often| *often > 300), "{access:?}: {often:?}");
            assert_eq!(access.pick(&mut random, 1), 0);
        }
    }

    #[test]
    fn percentiles_are_of_what_was_seen() {
        let times: Vec<Duration> = (1..=200).map(Duration::from_millis).collect();
        assert_eq!(percentile(&times, 50), Duration::from_millis(101));
        assert_eq!(percentile(&times, 100), Duration::from_millis(200));
        assert_eq!(percentile(&[], 99), Duration::ZERO);
    }
}
