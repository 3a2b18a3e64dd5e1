//! What has been looked up, remembered for as long as nothing tells otherwise.

use std::{
    collections::HashMap,
    fmt,
    future::Future,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use futures_util::{
    FutureExt as _,
    future::{BoxFuture, Shared, WeakShared},
};
use quick_cache::sync::Cache;

use crate::{
    changes::{Changes, Moment, Stamp, Subject},
    connection::{HandleState, TenantState},
    domain::DomainName,
    error::Result,
    member::Member,
    metrics::Observer,
    tenant::{Slug, Tenant, TenantId},
};

/// How long the id of a user may be to be remembered.
const LONGEST_USER: usize = 256;

/// What is asked of the registry.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Question {
    Domain(DomainName),
    Slug(Slug),
    Id(TenantId),
    PrimaryDomain(TenantId),
    Member(TenantId, Box<str>),
}

/// What the registry answers.
#[derive(Debug, Clone)]
pub(super) enum Found {
    Tenant(Arc<Tenant>),
    Domain(DomainName),
    Member(Member),
}

impl Question {
    fn is_short(&self) -> bool {
        match self {
            Self::Domain(_) | Self::Slug(_) | Self::Id(_) | Self::PrimaryDomain(_) => true,
            Self::Member(_, user) => user.len() <= LONGEST_USER,
        }
    }

    /// What an answer rests on.
    fn subjects(&self, found: Option<&Found>) -> [Subject<'_>; 2] {
        let own = match self {
            Self::Domain(domain) => Subject::Domain(domain.as_str()),
            Self::Slug(slug) => Subject::Slug(slug.as_str()),
            Self::Id(id) | Self::PrimaryDomain(id) => Subject::Tenant(*id),
            Self::Member(id, _) => Subject::Members(*id),
        };
        match found {
            Some(Found::Tenant(tenant)) => [own, Subject::Tenant(tenant.id)],
            Some(Found::Domain(_) | Found::Member(_)) | None => [own, own],
        }
    }
}

#[derive(Debug, Clone)]
struct Kept<T> {
    answer: T,
    stamp: Stamp,
    until: Instant,
}

/// What there is, and for a tenant that is known by its id the state that its handles share.
#[derive(Debug, Clone)]
struct There {
    found: Found,
    state: Option<Arc<TenantState>>,
}

type Answer = Result<Option<Found>>;
type Flight = BoxFuture<'static, Answer>;

/// Answers of the registry, and what it has no answer to: each within bounds of its own, so that
/// whoever asks for ever new names pushes no tenant out.
pub(super) struct LookupCache {
    found: Cache<Question, Kept<There>>,
    absent: Cache<Question, Kept<()>>,
    lifetime: Duration,
    changes: Arc<Changes>,
    observer: Observer,
    /// What is being asked now, and since when: others wait for the same answer.
    flights: Mutex<HashMap<Question, (Moment, WeakShared<Flight>)>>,
}

/// How much of the registry a process remembers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct LookupUse {
    /// How many answers.
    pub found: usize,
    /// How many names that are nobody's.
    pub absent: usize,
    /// How many of each there may be; what is used least goes first.
    pub capacity: u64,
}

impl fmt::Debug for LookupCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LookupCache").field("usage", &self.usage()).finish_non_exhaustive()
    }
}

impl LookupCache {
    pub(super) fn new(
        size: u32,
        lifetime: Duration,
        changes: Arc<Changes>,
        observer: Observer,
    ) -> Self {
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        Self {
            found: Cache::new(size),
            absent: Cache::new(size),
            lifetime,
            changes,
            observer,
            flights: Mutex::default(),
        }
    }

    pub(super) fn usage(&self) -> LookupUse {
        let (found, absent) = (self.found.len(), self.absent.len());
        LookupUse { found, absent, capacity: self.found.capacity() }
    }

    /// The answer to a question: the remembered one, or that of whoever is asking, or a new one.
    pub(super) async fn answer(
        self: &Arc<Self>,
        question: Question,
        ask: impl Future<Output = Answer> + Send + 'static,
    ) -> Answer {
        if let Some(known) = self.known(&question) {
            self.observer.looked_up(true);
            return Ok(known);
        }
        self.observer.looked_up(false);
        let Some(moment) = self.changes.moment().filter(|_| question.is_short()) else {
            return ask.await;
        };
        let flight = self.flight(question, moment, ask);
        flight.await
    }

    /// The tenant of an id and the state that its handles share, if they are remembered.
    pub(super) fn tenant(&self, id: TenantId) -> Option<(Arc<Tenant>, HandleState)> {
        let Kept { answer, stamp, until } = self.found.get(&Question::Id(id))?;
        let There { found: Found::Tenant(tenant), state: Some(state) } = answer else {
            return None;
        };
        // Isolation: the state is relied on before it is looked whether the answer holds. So a change
        // that is told later finds that somebody relies on it.
        let state = HandleState::of(state);
        self.is_good(until, &stamp).then_some((tenant, state))
    }

    /// The remembered answer: `None` where there is none, `Some(None)` where it is that there is
    /// nothing.
    fn known(&self, question: &Question) -> Option<Option<Found>> {
        if let Some(kept) = self.found.get(question) {
            if self.is_good(kept.until, &kept.stamp) {
                return Some(Some(kept.answer.found));
            }
            self.found.remove_if(question, |kept| !self.is_good(kept.until, &kept.stamp));
        }
        let kept = self.absent.get(question)?;
        if self.is_good(kept.until, &kept.stamp) {
            return Some(None);
        }
        self.absent.remove_if(question, |kept| !self.is_good(kept.until, &kept.stamp));
        None
    }

    fn is_good(&self, until: Instant, stamp: &Stamp) -> bool {
        Instant::now() < until && self.changes.holds(stamp)
    }

    /// Asks, or waits with who asks already. Who asked before the last change is not waited for.
    fn flight(
        self: &Arc<Self>,
        question: Question,
        moment: Moment,
        ask: impl Future<Output = Answer> + Send + 'static,
    ) -> Shared<Flight> {
        let mut flights = self.flights.lock().unwrap_or_else(PoisonError::into_inner);
        let under_way = flights.get(&question).filter(|(since, _)| *since == moment);
        if let Some(flight) = under_way.and_then(|(_, flight)| flight.upgrade()) {
            return flight;
        }
        if flights.len() >= 64 && flights.len().is_power_of_two() {
            flights.retain(|_, (_, flight)| flight.upgrade().is_some());
        }
        let (cache, asked) = (Arc::clone(self), question.clone());
        let flight: Flight = Box::pin(async move {
            let answer = ask.await;
            if let Ok(answer) = &answer {
                cache.keep(&asked, answer.as_ref(), moment);
            }
            cache.land(&asked, moment);
            answer
        });
        let flight = flight.shared();
        if let Some(waited_for) = flight.downgrade() {
            flights.insert(question, (moment, waited_for));
        }
        flight
    }

    fn there(&self, question: &Question, found: &Found) -> There {
        let state = match (question, found) {
            (Question::Id(_), Found::Tenant(tenant)) => Some(self.changes.remembered_state(tenant)),
            _ => None,
        };
        There { found: found.clone(), state }
    }

    fn land(&self, question: &Question, moment: Moment) {
        let mut flights = self.flights.lock().unwrap_or_else(PoisonError::into_inner);
        if flights.get(question).is_some_and(|(since, _)| *since == moment) {
            flights.remove(question);
        }
    }

    /// Remembers an answer, unless something has changed since it was asked for. A tenant that was
    /// found by a name is known by its id as well.
    fn keep(&self, question: &Question, answer: Option<&Found>, moment: Moment) {
        let mut kept = vec![question.clone()];
        if let Some(Found::Tenant(tenant)) = answer {
            kept.push(Question::Id(tenant.id));
        }
        let until = Instant::now().checked_add(self.lifetime).unwrap_or_else(Instant::now);
        for question in &kept {
            let stamp = self.changes.stamp(question.subjects(answer));
            match answer {
                Some(found) => {
                    let answer = self.there(question, found);
                    self.found.insert(question.clone(), Kept { answer, stamp, until });
                }
                None => self.absent.insert(question.clone(), Kept { answer: (), stamp, until }),
            }
        }
        // Looked at afterwards: a change that comes after this look finds the versions as stamped, and
        // raises them.
        if self.changes.moment() != Some(moment) {
            for question in &kept {
                self.found.remove(question);
                self.absent.remove(question);
            }
        }
    }
}
